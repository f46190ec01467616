import { MemcacheError, PartialFailureError, isMemcacheError } from '@memkit/protocol';

/**
 * Collects what many independent reads bring. All of them are sent in the same tick, so each connection writes its
 * share at once: one round trip per server.
 * @throws `MEMCACHE_PARTIAL_FAILURE` with values and failures when some failed, the error itself when all failed alike
 */
export async function collect(
  command: string,
  noun: string,
  names: readonly string[],
  read: (name: string) => Promise<unknown>,
): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  const failures = new Map<string, MemcacheError>();
  await Promise.all(
    names.map((name) =>
      read(name).then(
        (value) => {
          if (value !== undefined) values.set(name, value);
        },
        (error: unknown) => {
          failures.set(name, asMemcacheError(error, command));
        },
      ),
    ),
  );
  if (failures.size === 0) return inOrder(names, values);
  const [first] = failures.values();
  if (failures.size === names.length && first !== undefined && alike(failures)) throw first;
  const detail = `${String(failures.size)} of ${String(names.length)} ${noun} failed, the first because: ${first?.message ?? ''}`;
  throw new PartialFailureError(
    { action: `Cannot ${command} all ${noun}`, command, detail, cause: first },
    values,
    failures,
  );
}

/** The order of the keys, not of the replies, so that iteration does not depend on which server is faster. */
function inOrder(names: readonly string[], values: ReadonlyMap<string, unknown>): Map<string, unknown> {
  const ordered = new Map<string, unknown>();
  for (const name of names) if (values.has(name)) ordered.set(name, values.get(name));
  return ordered;
}

function alike(failures: ReadonlyMap<string, MemcacheError>): boolean {
  return new Set([...failures.values()].map(({ code }) => code)).size === 1;
}

function asMemcacheError(error: unknown, command: string): MemcacheError {
  if (isMemcacheError(error)) return error;
  return new MemcacheError('UNEXPECTED_REPLY', { action: `Cannot ${command}`, command, cause: error });
}
