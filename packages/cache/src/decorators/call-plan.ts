import { MemcacheError, isMemcacheError } from '@memkit/core';
import { publishTrouble } from '../telemetry/channels.js';
import type { AnyKeyed } from './decorator-options.js';
import type { MethodCall } from './define-decorator.js';
import { showPlace, type MethodPlace } from './method-place.js';

/**
 * What the cache is to do in this call, or `undefined` when the method runs without it: its condition says so, or its
 * key cannot be built from these arguments, which is published and never breaks the method.
 */
export function planCall<Plan>(
  { condition }: Pick<AnyKeyed, 'condition'>,
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
