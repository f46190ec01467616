import type { MetaRequest } from '../meta/meta-request.js';

/** How a storage command treats what is already there. `cas` stores only over the item with that CAS value. */
export type StorageMode = 'set' | 'add' | 'replace' | 'append' | 'prepend' | 'cas';

/**
 * One command of the classic text protocol. Keys are byte strings: each character is one byte (U+0000 to U+00FF), so
 * that any key memcached accepts is one Map key. `quiet` is `noreply`.
 */
export type ClassicRequest =
  | {
      readonly op: 'get';
      readonly keys: readonly string[];
      readonly withCas: boolean;
      /** `gat`: also sets this expiry. */
      readonly exptime: number | undefined;
      /** A key behind `keys` is too long: memcached answers with this instead of the values. */
      readonly refusal: string | undefined;
    }
  | {
      readonly op: 'store';
      readonly mode: StorageMode;
      readonly key: string;
      readonly flags: number;
      readonly exptime: number;
      readonly cas: bigint;
      readonly data: Buffer;
      readonly quiet: boolean;
    }
  | { readonly op: 'delete'; readonly key: string; readonly quiet: boolean }
  | {
      readonly op: 'arithmetic';
      readonly direction: 'increment' | 'decrement';
      readonly key: string;
      readonly by: bigint;
      readonly quiet: boolean;
    }
  | { readonly op: 'touch'; readonly key: string; readonly exptime: number; readonly quiet: boolean }
  | { readonly op: 'stats'; readonly words: readonly string[] }
  | { readonly op: 'version' }
  | { readonly op: 'flush'; readonly exptime: number; readonly quiet: boolean }
  | { readonly op: 'verbosity'; readonly level: number; readonly quiet: boolean }
  | { readonly op: 'watch'; readonly kinds: readonly string[]; readonly quiet: boolean }
  | { readonly op: 'lru-crawler'; readonly words: readonly string[] }
  | { readonly op: 'shutdown'; readonly words: readonly string[]; readonly quiet: boolean }
  | { readonly op: 'memory-limit'; readonly megabytes: number; readonly quiet: boolean }
  | {
      readonly op: 'quit';
      /** It was no command: the connection ends because of what was sent. */
      readonly isError?: boolean;
    };

/** A storage command whose item the server cannot hold. Its data was swallowed. */
export interface TooLargeRequest {
  readonly op: 'too-large';
  readonly key: string;
  /** memcached removes the old value, so that a reader does not get stale data. */
  readonly dropsOldValue: boolean;
  readonly quiet: boolean;
}

/** A line memcached refuses, with its own answer; empty for an answer suppressed by `noreply`. */
export interface RejectedRequest {
  readonly op: 'rejected';
  readonly reply: string;
}

export type TextRequest = ClassicRequest | MetaRequest | TooLargeRequest | RejectedRequest;

/** What the bytes behind a request line are for. */
export type ParsedLine =
  | { readonly request: TextRequest }
  /** Data of `length` bytes and CR LF follow. */
  | { readonly length: number; readonly finish: (data: Buffer) => TextRequest; readonly quiet: boolean }
  /** `swallow` bytes belong to a refused command and are thrown away before the answer. */
  | { readonly swallow: number; readonly request: TextRequest };

export const BAD_FORMAT = 'CLIENT_ERROR bad command line format';
/** A data length above this is refused: C's INT_MAX without CR LF. */
export const MAX_LENGTH_FIELD = 0x7fff_ffff - 2;

export function reject(reply: string, quiet = false): ParsedLine {
  return { request: { op: 'rejected', reply: quiet ? '' : reply } };
}
