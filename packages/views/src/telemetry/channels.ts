/** The diagnostics channels of this package; subscribe with `node:diagnostics_channel`. */
import { channel } from 'node:diagnostics_channel';
import type { ReadOutcome } from '@memkit/cache';

/**
 * Published on `memkit:views:page` once per request, in the request's async context. A buffered page is announced
 * before its headers go out, so that a subscriber can still add one of its own.
 */
export interface PageMessage {
  /** Path and query as the client sent them. */
  readonly path: string;
  /** `undefined` when the request was not looked up. */
  readonly key: string | undefined;
  readonly outcome: ReadOutcome;
  /** Why the page did not come from the cache or was not stored, such as `cookie`, `set-cookie` or `unavailable`. */
  readonly reason: string | undefined;
  /** From the request's arrival to the decision what to send, rendering included; milliseconds. */
  readonly durationMs: number;
}

/** Published on `memkit:views:fragment` for every fragment. */
export interface FragmentMessage {
  readonly name: string;
  readonly key: string;
  readonly outcome: ReadOutcome;
  /** Milliseconds; fragments of one `renderMany` share one span. */
  readonly durationMs: number;
}

/** Published on `memkit:views:fragments` once per `renderMany`. */
export interface FragmentsMessage {
  readonly name: string;
  readonly count: number;
  /** How many fragments had which outcome; the four add up to `count`. */
  readonly outcomes: Readonly<Record<ReadOutcome, number>>;
  readonly durationMs: number;
}

export const pageChannel = channel('memkit:views:page');
export const fragmentChannel = channel('memkit:views:fragment');
export const fragmentsChannel = channel('memkit:views:fragments');
