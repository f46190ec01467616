import type { CacheReadMessage, ReadOutcome } from '@memkit/cache';
import type { FragmentsMessage, PageMessage } from '@memkit/views';
import { count, milliseconds } from '../pages/format.js';
import type { RequestTrace } from './request-trace.js';

/** One line of the opened strip. */
export interface StripLine {
  readonly outcome: ReadOutcome | 'database' | 'trouble';
  readonly what: string;
  readonly how: string;
  readonly time: string;
}

const SOURCES = {
  memcache: 'from memcache',
  near: 'from a copy in this process',
  scope: 'read before by this request',
  loader: 'loaded, then kept',
  flight: 'joined another request that was loading it',
} as const;

const PAGE_WORDS: Record<ReadOutcome, string> = {
  hit: 'from memcache, no handler ran',
  stale: 'from memcache, a little old',
  miss: 'rendered, then kept',
  bypass: 'rendered, not kept',
};

/** Everything that was read for one page, and from where. */
export function stripLines(trace: RequestTrace): StripLine[] {
  return [
    ...(trace.page === undefined ? [] : [pageLine(trace.page)]),
    ...trace.fragments.map(fragmentsLine),
    ...trace.reads.map(readLine),
    ...sessionLine(trace),
    ...trace.queries.map(({ title, rows, durationMs }) => ({
      outcome: 'database' as const,
      what: title,
      how: count(rows, 'row'),
      time: milliseconds(durationMs),
    })),
    ...trace.troubles.map(({ code, message }) => ({ outcome: 'trouble' as const, what: code, how: message, time: '' })),
  ];
}

function pageLine({ outcome, reason, durationMs }: PageMessage): StripLine {
  const why = reason === undefined ? '' : ` (${reason})`;
  return { outcome, what: 'Page', how: `${PAGE_WORDS[outcome]}${why}`, time: milliseconds(durationMs) };
}

function fragmentsLine({ name, count: number, outcomes, durationMs }: FragmentsMessage): StripLine {
  const order = ['hit', 'stale', 'miss', 'bypass'] as const;
  const found = order.filter((each) => outcomes[each] > 0);
  return {
    outcome: found.at(-1) ?? 'hit',
    what: `${count(number, 'fragment')} ${name}`,
    how: found.map((each) => `${String(outcomes[each])} ${each}`).join(', '),
    time: milliseconds(durationMs),
  };
}

function readLine({ outcome, key, source, durationMs }: CacheReadMessage): StripLine {
  const how = outcome === 'bypass' ? 'loaded, memcache did not answer' : SOURCES[source];
  return { outcome, what: key, how, time: milliseconds(durationMs) };
}

function sessionLine({ sessionMs, isSessionLost }: RequestTrace): StripLine[] {
  if (sessionMs === undefined) return [];
  const time = milliseconds(sessionMs);
  return isSessionLost
    ? [{ outcome: 'bypass', what: 'Session', how: 'not found, memcache did not answer', time }]
    : [{ outcome: 'hit', what: 'Session', how: 'read from memcache', time }];
}
