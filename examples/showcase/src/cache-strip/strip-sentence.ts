import { count, milliseconds } from '../pages/format.js';
import type { RequestTrace } from './request-trace.js';
import { databaseTime, fragmentTotals, overallOutcome } from './trace-totals.js';

/** What the sentence depends on besides the trace. */
export interface StripState {
  /** Whether the button has not stopped the cache. */
  readonly isOpen: boolean;
  /** Status of the response. */
  readonly status: number;
}

/** The strip in a sentence. */
export function stripSentence(trace: RequestTrace, { isOpen, status }: StripState): string {
  const asked = askedDatabase(trace);
  const outcome = overallOutcome(trace);
  const isWithoutCache = outcome === 'bypass' || (outcome === 'none' && trace.troubles.length > 0);
  if (!isOpen || isWithoutCache) {
    const why = isOpen ? 'The cache does not answer' : 'The cache is stopped';
    const time = milliseconds(performance.now() - trace.startedAt);
    const basket = trace.sessionMs === undefined ? '' : ' Baskets are not kept while it is off.';
    return `${why}. This page was made without it in ${time}; ${asked}.${basket}`;
  }
  if (trace.troubles.length > 0) return `The cache did not answer every time, see the last line; ${asked}.`;
  if (trace.page?.outcome === 'hit') return `The whole page came from memcache; ${asked}.`;
  if (trace.page?.outcome === 'stale') return 'The page is a little old: memcache had it, and a new one is being made.';
  const { hits, misses } = fragmentTotals(trace);
  if (hits + misses > 0) {
    const kept = hits === 0 ? [] : [`${count(hits, 'card')} out of memcache`];
    const anew = misses === 0 ? [] : [`${count(misses, 'card')} drawn anew`];
    return `The page was put together from ${[...kept, ...anew].join(' and ')}; ${asked}.`;
  }
  if (outcome === 'hit') return `Everything on this page came from memcache; ${asked}.`;
  if (outcome === 'none') return `Nothing on this page needed the cache; ${asked}.`;
  const promise = status < 400 ? ' It is there now: reload and see.' : '';
  return `Not everything was in memcache: ${asked}.${promise}`;
}

function askedDatabase(trace: RequestTrace): string {
  const { length } = trace.queries;
  if (length === 0) return 'the database was not asked';
  const times = ['', 'once', 'twice'][length] ?? `${String(length)} times`;
  return `the database was asked ${times} for ${milliseconds(databaseTime(trace))}`;
}
