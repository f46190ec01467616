import { isMemcacheError, type MemcacheError } from '@memkit/core';
import type { LoaderContext } from '../engine/cache-options.js';
import { parseTags } from '../engine/settings.js';
import { publishTrouble } from '../telemetry/channels.js';

/**
 * Adds the tags of a result to its load. A result whose tags are unknown could never be invalidated by them: it is
 * returned and not stored.
 * @param tags the application's; what it throws is published and never breaks the load
 * @param subject what cannot be stored, for the channel
 * @param explain the failure of `tags` in the words of whoever was given it
 */
export function addTags(
  context: LoaderContext,
  tags: () => readonly string[],
  subject: string,
  explain: (error: unknown, subject: string) => MemcacheError,
): void {
  try {
    context.addTags(...parseTags(tags()));
  } catch (error) {
    context.doNotStore();
    publishTrouble('store', subject, isMemcacheError(error) ? error : explain(error, subject));
  }
}
