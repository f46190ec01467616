/** The flags of one meta command, read and checked. Expiry fields are the wire's exptime. */
export interface MetaOptions {
  /** All flag tokens in the order sent: replies repeat and fill them in this order. */
  readonly tokens: readonly string[];
  readonly isBinaryKey: boolean;
  readonly quiet: boolean;
  /** `v`: return the value. */
  readonly value: boolean;
  /** `u`: do not count as an access. */
  readonly noUpdate: boolean;
  /** `N`: create the item on a miss, with this expiry. */
  readonly vivify: number | undefined;
  /** `T`: set this expiry. */
  readonly exptime: number | undefined;
  /** `R`: win the right to recache when less than this is left. */
  readonly recache: number | undefined;
  /** `F`: client flags to store. */
  readonly clientFlags: number;
  /** `C`: only if the CAS value matches; for `mg`: the value only if it does not. */
  readonly cas: bigint | undefined;
  /** `E`: the CAS value the item gets, instead of the next one. */
  readonly newCas: bigint | undefined;
  /** `x`: drop the value, keep the item. */
  readonly dropsValue: boolean;
  /** `I`: mark as stale. */
  readonly invalidate: boolean;
  /** `M`, one character. */
  readonly mode: string | undefined;
  /** `D`, default 1. */
  readonly delta: bigint;
  /** `J`, default 0. */
  readonly initial: bigint;
}

export type MetaStorageMode = 'set' | 'add' | 'replace' | 'append' | 'prepend' | 'cas';

/** One command of the meta protocol. Keys are byte strings, decoded if they were sent in base64. */
export type MetaRequest =
  | { readonly op: 'meta-get'; readonly key: string; readonly options: MetaOptions }
  | {
      readonly op: 'meta-set';
      readonly key: string;
      readonly mode: MetaStorageMode;
      readonly data: Buffer;
      readonly options: MetaOptions;
    }
  | { readonly op: 'meta-delete'; readonly key: string; readonly options: MetaOptions }
  | {
      readonly op: 'meta-arithmetic';
      readonly key: string;
      readonly direction: 'increment' | 'decrement';
      readonly options: MetaOptions;
    }
  | { readonly op: 'meta-debug'; readonly key: string }
  | { readonly op: 'meta-noop' };
