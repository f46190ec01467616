import type { ByteWriter } from '@memkit/protocol/internal';

/** An item as it travels: bytes and client flags. */
export interface WireItem {
  /** The receiver's own: a copy of what arrived, or the memory it was received into. */
  readonly data: Buffer;
  readonly flags: number;
  /** 0n unless the request asked for it. */
  readonly cas: bigint;
}

/** The items of many keys by the places of the keys; `undefined`: a miss. */
export type FoundItems = readonly (WireItem | undefined)[];

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

/** The item is still the one whose CAS token was sent. */
export const unchanged = Symbol('unchanged');

/** With the connection that its CAS token came over. */
export interface FreshItem extends WireItem {
  /** No other connection of this process has this number. */
  readonly connection: number;
}

export type ChangedItem = FreshItem | typeof unchanged;

export type StoreMode = 'set' | 'add' | 'replace' | 'append' | 'prepend';
export type StoreOutcome = 'stored' | 'not_stored' | 'exists' | 'not_found';

export interface ArithmeticInput {
  readonly direction: 'increment' | 'decrement';
  readonly by: bigint;
}

/**
 * One request of one protocol and how to read its answer. Replies come in the order of the requests; one request may
 * have several (stats, getMany). `Reply` is the driver's own parsed reply type.
 */
export interface WireRequest<Result> {
  encode(writer: ByteWriter): void;
  /**
   * Reads one reply. Returns `undefined`-able results directly, throws a `MemcacheError` for error replies,
   * and returns the symbol `needsMore` when the answer continues in the next reply, `endedTogether` when `resultAtEnd` is the
   * result and the reply is for the next request, too.
   */
  decode(reply: unknown): Result | typeof needsMore | typeof endedTogether;
  readonly resultAtEnd?: Result | undefined;
  /** What it travelled with: an error reply need not be about it. */
  readonly together?: GetsTogether | undefined;
  /** The rest of the answer may follow an error, see `itemsBehindErrors` in version-gates.ts. */
  readonly goesOnBehindErrors?: boolean;
}

export const needsMore = Symbol('needsMore');
/** The reply is the end of several requests. */
export const endedTogether = Symbol('endedTogether');

/** Single gets that travel as one request. */
export interface GetsTogether {
  /** No further key should be added. */
  readonly isFull: boolean;
  /** Its bytes follow those of the key before. */
  add(key: string): WireRequest<WireItem | undefined>;
  /** Ends the request, behind the bytes of its last key. */
  end(writer: ByteWriter): void;
}

/**
 * What a connection sends: a command that is asked of a driver only when its bytes are written, because which protocol
 * a server speaks is known once it is connected.
 */
export interface Sendable<Reply> {
  /** API name, for messages: `get`, `increment`. */
  readonly name: string;
  /** The key as it travels, prefix included; empty for commands on the whole server. */
  readonly key: string;
  /** Of a command on several keys that share a connection, one of them. */
  readonly routeKey?: string | undefined;
  /** About how many bytes wait until it is sent: keys and value. */
  readonly bytes: number;
  request(driver: ProtocolDriver): WireRequest<Reply>;
  /** It asks for the item under `key` and nothing else, so it may travel with others of its kind. */
  readonly isPlainGet?: boolean;
}

/** Bytes -> replies. */
export interface ReplyParser {
  /** Where the next bytes are best written to before they are pushed; `undefined`: anywhere. */
  readonly room?: Buffer | undefined;
  /** The chunk may be overwritten afterwards. */
  push(chunk: Buffer): void;
}

export type ProtocolName = 'meta' | 'text' | 'binary';

/** Turns API commands into requests of one wire protocol, and reply bytes into replies. Belongs to one connection. */
export interface ProtocolDriver {
  readonly name: ProtocolName;
  get(key: string): WireRequest<WireItem | undefined>;
  /** For several `get` in a row. Absent where they gain nothing from it. */
  getTogether?(): GetsTogether;
  /** In one request. */
  getMany(keys: readonly string[]): WireRequest<FoundItems>;
  /** As `get`, with the CAS token. */
  gets(key: string): WireRequest<WireItem | undefined>;
  /**
   * As `gets`, without the item when it still has this CAS token.
   * @param connection which it came over: on another one the item comes in any case. `undefined`: the token alone counts
   */
  getIfChanged(key: string, cas: bigint, connection?: number): WireRequest<ChangedItem | undefined>;
  /** As `get`, with a new expiry. */
  getAndTouch(key: string, exptime: number): WireRequest<WireItem | undefined>;
  /** `append` and `prepend` ignore the item's flags and expiry. */
  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome>;
  delete(key: string): WireRequest<boolean>;
  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined>;
  touch(key: string, exptime: number): WireRequest<boolean>;
  stats(group: string): WireRequest<Record<string, string>>;
  version(): WireRequest<string>;
  flush(): WireRequest<void>;
  /** What an ElastiCache configuration endpoint says about its nodes: `version\nhost|ip|port host|ip|port\n`. */
  clusterConfiguration(): WireRequest<string>;
  /** A fresh parser for a fresh connection: push bytes, get whole replies, in order. */
  createReplyParser(onReply: (reply: unknown) => void): ReplyParser;
}
