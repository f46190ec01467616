import type { ReadOutcome } from '@memkit/cache';
import { count, milliseconds } from '../pages/format.js';
import type { RequestTrace } from './request-trace.js';
import { stripLines, type StripLine } from './strip-lines.js';
import { stripSentence, type StripState } from './strip-sentence.js';
import { databaseTime, overallOutcome } from './trace-totals.js';

/** What the template strip.eta shows. */
export interface StripSummary {
  readonly outcome: ReadOutcome | 'none';
  readonly sentence: string;
  readonly lines: readonly StripLine[];
  readonly totalTime: string;
  readonly databaseTime: string;
  readonly queries: string;
}

export function summarize(trace: RequestTrace, state: StripState): StripSummary {
  return {
    outcome: overallOutcome(trace),
    sentence: stripSentence(trace, state),
    lines: stripLines(trace),
    totalTime: milliseconds(performance.now() - trace.startedAt),
    databaseTime: milliseconds(databaseTime(trace)),
    queries: count(trace.queries.length, 'query', 'queries'),
  };
}

/** The Server-Timing header, which browsers show in their network panel. */
export function serverTiming(trace: RequestTrace): string {
  const parts = [
    `total;dur=${(performance.now() - trace.startedAt).toFixed(1)}`,
    `db;dur=${databaseTime(trace).toFixed(1)};desc="${count(trace.queries.length, 'query', 'queries')}"`,
    `cache;desc="${overallOutcome(trace)}"`,
  ];
  if (trace.sessionMs !== undefined) parts.push(`session;dur=${trace.sessionMs.toFixed(1)}`);
  return parts.join(', ');
}
