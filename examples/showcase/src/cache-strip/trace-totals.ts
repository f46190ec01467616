import type { ReadOutcome } from '@memkit/cache';
import type { RequestTrace } from './request-trace.js';

/** The page's own outcome; for pages without a page cache, the worst of what went into it. */
export function overallOutcome({ page, reads }: RequestTrace): ReadOutcome | 'none' {
  if (page !== undefined) return page.outcome;
  const order: readonly ReadOutcome[] = ['bypass', 'miss', 'stale', 'hit'];
  return order.find((outcome) => reads.some((read) => read.outcome === outcome)) ?? 'none';
}

/** Milliseconds in which the database had something to do: queries that ran at the same time count once. */
export function databaseTime({ queries }: RequestTrace): number {
  let [total, until] = [0, 0];
  for (const { startedAt, durationMs } of queries.toSorted((a, b) => a.startedAt - b.startedAt)) {
    const end = startedAt + durationMs;
    total += Math.max(0, end - Math.max(startedAt, until));
    until = Math.max(until, end);
  }
  return total;
}

/** How many fragments were there, and how many were not. */
export function fragmentTotals({ fragments }: RequestTrace): { hits: number; misses: number } {
  let [hits, misses] = [0, 0];
  for (const { outcomes } of fragments) {
    hits += outcomes.hit + outcomes.stale;
    misses += outcomes.miss + outcomes.bypass;
  }
  return { hits, misses };
}
