import { MemcacheError, isMemcacheError } from '@memkit/core';
import { publishTrouble } from '../telemetry/channels.js';
import type { SharedOptions } from './decorator-options.js';
import type { MethodCall } from './method-call.js';
import { showPlace, type MethodPlace } from './method-place.js';

/**
 * What the cache is to do in this call, or `undefined` when the method runs without it: its condition says so, or its
 * key cannot be built from these arguments, which is published and never breaks the method.
 */
export function planCall<Plan>(
  { condition }: Pick<SharedOptions, 'condition'>,
  place: MethodPlace,
  { args }: MethodCall,
  plan: () => Plan,
): Plan | undefined {
  try {
    if (condition && !condition(...args)) return undefined;
    return plan();
  } catch (error) {
    publishTrouble('build the key of', showPlace(place), asMemcacheError(error, place));
    return undefined;
  }
}

/**
 * Work on the cache after the method has its result: a failure is published, or thrown where the options ask for it.
 * @param policy `whenUnavailable` of the decorator
 */
export async function afterwards(
  place: MethodPlace,
  operation: string,
  policy: 'miss' | 'throw' | undefined,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (policy === 'throw') throw error;
    publishTrouble(operation, showPlace(place), asMemcacheError(error, place));
  }
}

/** A failure of one of the option functions, which belongs to whoever wrote it but must not break the method. */
export function asMemcacheError(error: unknown, place: MethodPlace): MemcacheError {
  if (isMemcacheError(error)) return error;
  return new MemcacheError('INVALID_OPTION', {
    action: `Cannot cache ${showPlace(place)}`,
    detail:
      error instanceof Error
        ? `one of its option functions threw: ${error.message}`
        : 'one of its option functions threw',
    hint: 'Correct the function; the method ran without the cache.',
    cause: error,
  });
}
