import { subscribe } from 'node:diagnostics_channel';
import type { CacheReadMessage, CacheTroubleMessage } from '@memkit/cache';
import type { StoreTroubleMessage } from '@memkit/cache-manager';
import type { MemcacheError } from '@memkit/core';
import type { SessionTroubleMessage } from '@memkit/express-session';
import type { FragmentsMessage, PageMessage } from '@memkit/views';
import type { QueryMessage } from '../database/database.js';
import { currentTrace, type RequestTrace } from './request-trace.js';

/**
 * memkit tells what it does on diagnostics channels, in the async context of whoever asked: with AsyncLocalStorage one
 * knows for which request. Your logging or metrics subscribe in the same way.
 */
export function listenToChannels(): void {
  on<CacheReadMessage>('memkit:cache:read', (trace, read) => {
    // Pages and fragments are read through the same cache, and tell more on channels of their own.
    if (!/^(page|fragment):/.test(read.key)) trace.reads.push(read);
  });
  on<PageMessage>('memkit:views:page', (trace, page) => (trace.page = page));
  on<FragmentsMessage>('memkit:views:fragments', (trace, fragments) => trace.fragments.push(fragments));
  on<QueryMessage>('showcase:database:query', (trace, query) => trace.queries.push(query));
  // One of each kind: without memcache, every read of the page fails for the same reason.
  const trouble = (trace: RequestTrace, { error }: { readonly error: MemcacheError }): void => {
    if (!trace.troubles.some(({ code }) => code === error.code)) trace.troubles.push(error);
  };
  on<CacheTroubleMessage>('memkit:cache:trouble', trouble);
  on<StoreTroubleMessage>('memkit:cache-manager:trouble', trouble);
  on<SessionTroubleMessage>('memkit:express-session:trouble', (trace, message) => {
    trace.isSessionLost = true;
    trouble(trace, message);
  });
}

function on<Message>(channel: string, note: (trace: RequestTrace, message: Message) => unknown): void {
  subscribe(channel, (message) => {
    const trace = currentTrace();
    if (trace !== undefined) note(trace, message as Message);
  });
}
