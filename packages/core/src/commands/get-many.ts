import { MemcacheError, PartialFailureError, isMemcacheError } from '@memkit/protocol';

/**
 * Collects what many independent reads bring, in the order of their names. All of them are sent in the same tick, so
 * each connection writes its share at once: one round trip per server.
 * @param reads one for each name
 * @throws `MEMCACHE_PARTIAL_FAILURE` with values and failures when some failed, the error itself when all failed alike
 */
export async function collect<Read, Value>(
  command: string,
  noun: string,
  names: readonly string[],
  reads: readonly Read[],
  start: (read: Read) => Promise<Value>,
): Promise<Map<string, Value>> {
  const failures = new Map<string, MemcacheError>();
  const answers = await Promise.all(
    reads.map((read, place) =>
      start(read).catch((error: unknown) => {
        failures.set(names[place] ?? '', asMemcacheError(error, command));
        return undefined;
      }),
    ),
  );
  const values = new Map<string, Value>();
  for (const [place, name] of names.entries()) {
    const value = answers[place];
    if (value !== undefined) values.set(name, value);
  }
  if (failures.size === 0) return values;
  const [first] = failures.values();
  if (failures.size === names.length && first !== undefined && alike(failures)) throw first;
  const detail = `${String(failures.size)} of ${String(names.length)} ${noun} failed, the first because: ${first?.message ?? ''}`;
  throw new PartialFailureError(
    { action: `Cannot ${command} all ${noun}`, command, detail, cause: first },
    values,
    failures,
  );
}

function alike(failures: ReadonlyMap<string, MemcacheError>): boolean {
  return new Set([...failures.values()].map(({ code }) => code)).size === 1;
}

function asMemcacheError(error: unknown, command: string): MemcacheError {
  if (isMemcacheError(error)) return error;
  return new MemcacheError('UNEXPECTED_REPLY', { action: `Cannot ${command}`, command, cause: error });
}
