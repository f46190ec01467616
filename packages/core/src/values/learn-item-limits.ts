/** Asks a server for its own size limit. */
import type { ServerLink } from '../cluster/server-link.js';
import { StatsCommand } from '../commands/server-commands.js';
import { publishWarning } from '../telemetry/channels.js';

/** memcached refuses to start with less (memcached.c); what says so is no memcached. */
const LEAST_ITEM_SIZE_MAX = 1024;

/** One question per server at a time, however many large values wait for it. */
const underWay = new WeakMap<ServerLink, Promise<void>>();

/**
 * Sets `link.limits` to what the server says with `stats settings`. Never rejects: without an answer the limits stay as
 * they are and the question is asked again for the next value that is too large, and that is published as a warning.
 * MemCachier's limit is fixed, so it is not asked.
 * @param deadlineAt a time of the client's clock
 */
export function learnItemLimits(link: ServerLink, deadlineAt: number): Promise<void> {
  if (link.limits.rule === 'key-and-value') return Promise.resolve();
  const asked = underWay.get(link);
  if (asked !== undefined) return asked;
  const question = ask(link, deadlineAt).finally(() => underWay.delete(link));
  underWay.set(link, question);
  return question;
}

async function ask(link: ServerLink, deadlineAt: number): Promise<void> {
  try {
    const settings = await link.send(new StatsCommand('settings'), deadlineAt);
    const bytes = Number(settings['item_size_max']);
    // A proxy may answer without the setting; then asking again would not help either.
    link.limits.isKnown = true;
    if (Number.isSafeInteger(bytes) && bytes >= LEAST_ITEM_SIZE_MAX) link.limits.itemSizeMax = bytes;
    if (settings['cas_enabled'] === 'no') link.limits.rule = 'memcached-without-cas';
  } catch (error) {
    publishWarning({ event: 'limits-unknown', server: link.name, command: 'stats', error });
  }
}
