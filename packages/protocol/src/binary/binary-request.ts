import type { BinaryStatus } from './binary-status.js';

/** What every binary request carries besides its meaning; a reply repeats opcode and opaque. */
export interface BinaryFrame {
  readonly opcode: number;
  readonly opaque: number;
  /** The quiet form: no reply for the nominal outcome. */
  readonly quiet: boolean;
}

/** One binary request. Keys are byte strings (U+0000 to U+00FF). Expiry fields are unsigned 32-bit exptimes. */
export type BinaryRequest = BinaryFrame &
  (
    | {
        readonly op: 'get';
        readonly key: string;
        readonly withKey: boolean;
        /** false: touch, which answers with the flags only. */
        readonly withValue: boolean;
        /** touch and get-and-touch; `undefined` for get. */
        readonly exptime: number | undefined;
      }
    | {
        readonly op: 'store';
        readonly mode: 'set' | 'add' | 'replace' | 'append' | 'prepend';
        readonly key: string;
        readonly flags: number;
        readonly exptime: number;
        /** 0n: no condition. */
        readonly cas: bigint;
        readonly data: Buffer;
      }
    | { readonly op: 'delete'; readonly key: string; readonly cas: bigint }
    | {
        readonly op: 'arithmetic';
        readonly direction: 'increment' | 'decrement';
        readonly key: string;
        readonly by: bigint;
        readonly initial: bigint;
        /** 0xffffffff: do not create. */
        readonly exptime: number;
        readonly cas: bigint;
      }
    | { readonly op: 'flush'; readonly exptime: number }
    | { readonly op: 'stats'; readonly group: string }
    | { readonly op: 'version' }
    | { readonly op: 'noop' }
    | { readonly op: 'quit' }
    | { readonly op: 'sasl-list' }
    | {
        readonly op: 'sasl-start' | 'sasl-step';
        readonly mechanism: string;
        readonly message: Buffer;
      }
    /** The item cannot be held; its data was swallowed. */
    | { readonly op: 'too-large'; readonly key: string; readonly dropsOldValue: boolean }
    /** An opcode nobody knows. */
    | { readonly op: 'unknown' }
    /** A frame whose parts do not fit its opcode. */
    | { readonly op: 'malformed'; readonly status: BinaryStatus; readonly closes: boolean }
    /** No frame: a byte other than the request magic where one should start, or lengths nobody reads. */
    | { readonly op: 'unreadable' }
  );
