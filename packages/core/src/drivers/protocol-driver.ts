import type { ByteWriter } from '@memkit/protocol/internal';

/** An item as it travels: bytes and client flags. */
export interface WireItem {
  readonly data: Buffer;
  readonly flags: number;
  /** 0n unless the request asked for it. */
  readonly cas: bigint;
}

/** What to store: bytes as they are, or text that is encoded as UTF-8 while writing. */
export interface OutgoingItem {
  readonly data: Buffer | string;
  /** Size of `data` on the wire, in bytes. */
  readonly dataBytes: number;
  readonly flags: number;
  /** The wire's exptime field; see protocol/rules/expiration. */
  readonly exptime: number;
  /** 0n: unconditional. */
  readonly cas: bigint;
}

export type StoreMode = 'set' | 'add' | 'replace';
export type StoreOutcome = 'stored' | 'not_stored' | 'exists' | 'not_found';

export interface ArithmeticInput {
  readonly direction: 'increment' | 'decrement';
  readonly by: bigint;
  /** Start value when the key is absent; `undefined`: stays absent. */
  readonly initial: bigint | undefined;
  readonly exptime: number;
}

/**
 * One request and how to read its answer. Every request gets exactly one reply, in order, on both protocols;
 * a multi-get is many requests in one write. `Reply` is the driver's own parsed reply type.
 */
export interface WireRequest<Result> {
  /** API name for messages: `get`, `increment`. */
  readonly command: string;
  /** Key for messages; empty for server-wide commands. */
  readonly key: string;
  encode(writer: ByteWriter): void;
  /**
   * Reads one reply. Returns `undefined`-able results directly, throws a `MemcacheError` for error replies,
   * and returns the symbol `needsMore` when the command's answer continues in the next reply (stats).
   */
  decode(reply: unknown): Result | typeof needsMore;
}

export const needsMore = Symbol('needsMore');

/** Turns API commands into requests of one wire protocol, and reply bytes into replies. */
export interface ProtocolDriver {
  readonly name: 'meta' | 'binary';
  get(key: string): WireRequest<WireItem | undefined>;
  /** As `get`, with the CAS token. */
  gets(key: string): WireRequest<WireItem | undefined>;
  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome>;
  delete(key: string): WireRequest<boolean>;
  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined>;
  touch(key: string, exptime: number): WireRequest<boolean>;
  stats(group: string): WireRequest<Record<string, string>>;
  version(): WireRequest<string>;
  flush(): WireRequest<void>;
  /** A fresh parser for a fresh connection: push bytes, get whole replies, in order. */
  createReplyParser(onReply: (reply: unknown) => void): { push(chunk: Buffer): void };
}
