import type { ReadOutcome } from '@memkit/cache';
import { count, milliseconds } from '../pages/format.js';
import type { RequestTrace } from './request-trace.js';

/** One line of the opened strip. */
export interface StripLine {
  readonly outcome: ReadOutcome | 'database' | 'trouble';
  readonly what: string;
  readonly how: string;
  readonly time: string;
}

/** What the template strip.eta shows. */
export interface StripSummary {
  readonly outcome: ReadOutcome | 'none';
  readonly sentence: string;
  readonly lines: readonly StripLine[];
  readonly totalTime: string;
  readonly databaseTime: string;
  readonly queries: string;
}

export interface CacheState {
  readonly isOpen: boolean;
  readonly hasSession: boolean;
  /** Status of the response. */
  readonly status: number;
}

const SOURCES = {
  memcache: 'from memcache',
  loader: 'loaded, then kept',
  flight: 'joined another request that was loading it',
} as const;

const PAGE_WORDS: Record<ReadOutcome, string> = {
  hit: 'from memcache, no handler ran',
  stale: 'from memcache, a little old',
  miss: 'rendered, then kept',
  bypass: 'rendered, not kept',
};

export function summarize(trace: RequestTrace, state: CacheState): StripSummary {
  const totalMs = performance.now() - trace.startedAt;
  const databaseMs = databaseTime(trace);
  return {
    outcome: overallOutcome(trace),
    sentence: sentence(trace, state, totalMs, databaseMs),
    lines: toLines(trace),
    totalTime: milliseconds(totalMs),
    databaseTime: milliseconds(databaseMs),
    queries: count(trace.queries.length, 'query', 'queries'),
  };
}

/** The Server-Timing header, which browsers show in their network panel. */
export function serverTiming(trace: RequestTrace): string {
  const totalMs = performance.now() - trace.startedAt;
  const parts = [
    `total;dur=${totalMs.toFixed(1)}`,
    `db;dur=${databaseTime(trace).toFixed(1)};desc="${count(trace.queries.length, 'query', 'queries')}"`,
    `cache;desc="${overallOutcome(trace)}"`,
  ];
  if (trace.sessionMs !== undefined) parts.push(`session;dur=${trace.sessionMs.toFixed(1)}`);
  return parts.join(', ');
}

/** The page's own outcome; for pages without a page cache, the worst of what went into it. */
export function overallOutcome({ page, reads }: RequestTrace): ReadOutcome | 'none' {
  if (page !== undefined) return page.outcome;
  const order: readonly ReadOutcome[] = ['bypass', 'miss', 'stale', 'hit'];
  return order.find((outcome) => reads.some((read) => read.outcome === outcome)) ?? 'none';
}

function sentence(
  trace: RequestTrace,
  { isOpen, hasSession, status }: CacheState,
  totalMs: number,
  databaseMs: number,
): string {
  const asked =
    trace.queries.length === 0
      ? 'the database was not asked'
      : `the database was asked ${trace.queries.length === 1 ? 'once' : trace.queries.length === 2 ? 'twice' : `${String(trace.queries.length)} times`} for ${milliseconds(databaseMs)}`;
  const outcome = overallOutcome(trace);
  const isWithoutCache = outcome === 'bypass' || (outcome === 'none' && trace.troubles.length > 0);
  if (!isOpen || isWithoutCache) {
    const why = isOpen ? 'The cache does not answer' : 'The cache is stopped';
    const basket = hasSession ? ' Baskets are not kept while it is off.' : '';
    return `${why}. This page was made without it in ${milliseconds(totalMs)}; ${asked}.${basket}`;
  }
  if (trace.troubles.length > 0) return `The cache did not answer every time, see the last line; ${asked}.`;
  if (trace.page?.outcome === 'hit') return `The whole page came from memcache; ${asked}.`;
  if (trace.page?.outcome === 'stale')
    return `The page is a little old: it came from memcache while a new one is made.`;
  const { hits, misses } = fragmentCounts(trace);
  if (hits + misses > 0) {
    const anew = misses === 0 ? '' : `${count(misses, 'card')} drawn anew`;
    const kept = hits === 0 ? '' : `${count(hits, 'card')} out of memcache`;
    return `The page was put together from ${[kept, anew].filter(Boolean).join(' and ')}; ${asked}.`;
  }
  if (outcome === 'hit') return `Everything on this page came from memcache; ${asked}.`;
  if (outcome === 'none') return `Nothing on this page needed the cache; ${asked}.`;
  const promise = status < 400 ? ' It is there now: reload and see.' : '';
  return `Not everything was in memcache: ${asked}.${promise}`;
}

function toLines(trace: RequestTrace): StripLine[] {
  const lines: StripLine[] = [];
  const { page } = trace;
  if (page !== undefined) {
    const why = page.reason === undefined ? '' : ` (${page.reason})`;
    const time = milliseconds(page.durationMs);
    lines.push({ outcome: page.outcome, what: 'Page', how: `${PAGE_WORDS[page.outcome]}${why}`, time });
  }
  for (const { name, count: number, outcomes, durationMs } of trace.fragments) {
    const how = Object.entries(outcomes)
      .filter(([, each]) => each > 0)
      .map(([outcome, each]) => `${String(each)} ${outcome}`)
      .join(', ');
    const outcome = (['bypass', 'miss', 'stale'] as const).find((each) => outcomes[each] > 0) ?? 'hit';
    lines.push({ outcome, what: `${count(number, 'fragment')} ${name}`, how, time: milliseconds(durationMs) });
  }
  for (const { outcome, key, source, durationMs } of trace.reads) {
    const how = outcome === 'bypass' ? 'loaded, memcache did not answer' : SOURCES[source];
    lines.push({ outcome, what: key, how, time: milliseconds(durationMs) });
  }
  if (trace.sessionMs !== undefined) {
    const how = trace.troubles.length > 0 ? 'not found, memcache did not answer' : 'read from memcache';
    const outcome = trace.troubles.length > 0 ? 'bypass' : 'hit';
    lines.push({ outcome, what: 'Session', how, time: milliseconds(trace.sessionMs) });
  }
  for (const { title, rows, durationMs } of trace.queries) {
    lines.push({ outcome: 'database', what: title, how: count(rows, 'row'), time: milliseconds(durationMs) });
  }
  for (const { code, message } of trace.troubles)
    lines.push({ outcome: 'trouble', what: code, how: message, time: '' });
  return lines;
}

function fragmentCounts({ fragments }: RequestTrace): { hits: number; misses: number } {
  return {
    hits: sum(fragments.map(({ outcomes }) => outcomes.hit + outcomes.stale)),
    misses: sum(fragments.map(({ outcomes }) => outcomes.miss + outcomes.bypass)),
  };
}

/** Queries that ran at the same time count once. */
function databaseTime({ queries }: RequestTrace): number {
  let [total, until] = [0, 0];
  for (const { startedAt, durationMs } of queries.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const end = startedAt + durationMs;
    total += Math.max(0, end - Math.max(startedAt, until));
    until = Math.max(until, end);
  }
  return total;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
