/** Calls on several keys or servers: what came of each, and the one error that tells what did not. */
import { MemcacheError, PartialFailureError, isMemcacheError } from '@memkit/protocol';

/** What each key or server answered, and why the others did not. */
export interface Gathered<Answer> {
  readonly values: Map<string, Answer>;
  readonly failures: Map<string, MemcacheError>;
}

/**
 * Collects what many independent requests bring, in the order of their names. All of them are sent in the same tick, so
 * each connection writes its share at once: one round trip per server.
 * @param requests one for each name
 * @throws the reason of `signal` once it is aborted
 */
export async function gather<Request, Answer>(
  command: string,
  names: readonly string[],
  requests: readonly Request[],
  start: (request: Request) => Promise<Answer>,
  signal?: AbortSignal,
): Promise<Gathered<Answer>> {
  const values = new Map<string, Answer>();
  const failures = new Map<string, MemcacheError>();
  const outcomes = await Promise.allSettled(requests.map(start));
  signal?.throwIfAborted();
  for (const [place, outcome] of outcomes.entries()) {
    const name = names[place] ?? '';
    if (outcome.status === 'fulfilled') values.set(name, outcome.value);
    else failures.set(name, asMemcacheError(outcome.reason, command));
  }
  return { values, failures };
}

/**
 * @param noun what the names of `failures` name: `keys`, `servers`
 * @param total how many keys or servers there were
 * @throws `MEMCACHE_PARTIAL_FAILURE` with values and failures when some failed, the error itself when all failed alike
 */
export function throwPartialFailure(
  command: string,
  noun: string,
  total: number,
  values: ReadonlyMap<string, unknown>,
  failures: ReadonlyMap<string, MemcacheError>,
): never {
  const [first] = failures.values();
  if (failures.size === total && first !== undefined && alike(failures)) throw first;
  const detail = `${String(failures.size)} of ${String(total)} ${noun} failed, the first because: ${first?.message ?? ''}`;
  throw new PartialFailureError(
    { action: `Cannot ${command} all ${noun}`, command, detail, cause: first },
    values,
    failures,
  );
}

export function asMemcacheError(error: unknown, command: string): MemcacheError {
  if (isMemcacheError(error)) return error;
  return new MemcacheError('UNEXPECTED_REPLY', { action: `Cannot ${command}`, command, cause: error });
}

function alike(failures: ReadonlyMap<string, MemcacheError>): boolean {
  return new Set([...failures.values()].map(({ code }) => code)).size === 1;
}

/**
 * The values, when nothing failed.
 * @throws as `throwPartialFailure`
 */
export function complete<Answer>(
  command: string,
  noun: string,
  { values, failures }: Gathered<Answer>,
  total: number,
): Map<string, Answer> {
  if (failures.size > 0) throwPartialFailure(command, noun, total, values, failures);
  return values;
}
