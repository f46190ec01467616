/** Why a page that should have been stored was not: the engine answers the caller and tells the reason on a channel. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CacheTroubleMessage } from '@memkit/cache';

const CHANNEL = 'memkit:cache:trouble';

export interface TroubleWatch {
  /** A word for Cache-Status: `too-large`, `unavailable`, or when nothing went wrong `disabled` or `not-stored`. */
  readonly reason: (outcome: 'miss' | 'bypass') => string;
  readonly stop: () => void;
}

/** Listens until stopped for what goes wrong with this key. */
export function watchTrouble(key: string): TroubleWatch {
  let code: string | undefined;
  const listen = (message: unknown): void => {
    const trouble = message as CacheTroubleMessage;
    if (trouble.key === key) code = trouble.error.code;
  };
  subscribe(CHANNEL, listen);
  return { reason: (outcome) => reasonOf(code, outcome), stop: () => void unsubscribe(CHANNEL, listen) };
}

function reasonOf(code: string | undefined, outcome: 'miss' | 'bypass'): string {
  // Without trouble, a cache that is switched off passes everything; else an invalidation came while the page was rendered.
  if (code === undefined) return outcome === 'bypass' ? 'disabled' : 'not-stored';
  if (code === 'MEMCACHE_INVALID_KEY') return 'invalid-key';
  return code === 'MEMCACHE_ITEM_TOO_LARGE' ? 'too-large' : 'unavailable';
}
