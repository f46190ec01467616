import { AsyncLocalStorage } from 'node:async_hooks';
import type { CacheReadMessage } from '@memkit/cache';
import type { MemcacheError } from '@memkit/core';
import type { FragmentsMessage, PageMessage } from '@memkit/views';
import type { QueryMessage } from '../database/database.js';

/** What was published while one request was answered. */
export interface RequestTrace {
  readonly startedAt: number;
  page: PageMessage | undefined;
  readonly reads: CacheReadMessage[];
  readonly fragments: FragmentsMessage[];
  readonly queries: QueryMessage[];
  /** Failures of memcache that nobody was bothered with. */
  readonly troubles: MemcacheError[];
  /** `undefined` when the visitor has no session cookie: nothing was read then. */
  sessionMs: number | undefined;
  /** The visitor has a session that could not be read or kept. */
  isSessionLost: boolean;
}

const storage = new AsyncLocalStorage<RequestTrace>();

/** Runs the request's work so that everything published meanwhile is written down in the trace. */
export function runWithTrace(work: (trace: RequestTrace) => void): void {
  const trace: RequestTrace = {
    startedAt: performance.now(),
    page: undefined,
    reads: [],
    fragments: [],
    queries: [],
    troubles: [],
    sessionMs: undefined,
    isSessionLost: false,
  };
  storage.run(trace, work, trace);
}

/** `undefined` outside of a request. */
export function currentTrace(): RequestTrace | undefined {
  return storage.getStore();
}
