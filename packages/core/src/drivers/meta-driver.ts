/**
 * API commands as meta requests (memcached 1.6 and later). Requests are small objects with two methods instead of
 * closures, because one is made for every call.
 */
import type { MemcacheError } from '@memkit/protocol';
import {
  MetaReplyParser,
  type ReceivedMetaReply,
  writeMetaArithmetic,
  writeMetaDelete,
  writeMetaGet,
  writeMetaSet,
  writeTextFlushAll,
  writeTextStats,
  writeTextVersion,
  type ByteWriter,
} from '@memkit/protocol/internal';
import {
  needsMore,
  type ArithmeticInput,
  type OutgoingItem,
  type ProtocolDriver,
  type StoreMode,
  type StoreOutcome,
  type WireItem,
  type WireRequest,
} from './protocol-driver.js';
import { requestFacts } from './request-facts.js';
import { metaReplyError } from './text-reply-errors.js';

abstract class MetaRequest<Result> implements WireRequest<Result> {
  readonly command: string;
  readonly key: string;
  readonly #server: string;

  constructor(command: string, key: string, server: string) {
    this.command = command;
    this.key = key;
    this.#server = server;
  }

  abstract encode(writer: ByteWriter): void;
  protected abstract read(reply: ReceivedMetaReply): Result | typeof needsMore;

  decode(reply: unknown): Result | typeof needsMore {
    // The reply comes from this driver's own parser; the seam calls it unknown because each driver has its own type.
    return this.read(reply as ReceivedMetaReply);
  }

  protected failure(reply: ReceivedMetaReply): MemcacheError {
    return metaReplyError(reply, requestFacts(this.command, this.key, this.#server));
  }
}

class MetaGet extends MetaRequest<WireItem | undefined> {
  encode(writer: ByteWriter): void {
    writeMetaGet(writer, this.key, this.command === 'gets' ? 'v f c' : 'v f');
  }

  protected read(reply: ReceivedMetaReply): WireItem | undefined {
    // A VA reply has exactly the three fields of an item.
    if (reply.code === 'VA' && reply.data !== undefined) return reply as ReceivedMetaReply & WireItem;
    if (reply.code === 'EN') return undefined;
    throw this.failure(reply);
  }
}

class MetaStore extends MetaRequest<StoreOutcome> {
  readonly #mode: StoreMode;
  readonly #item: OutgoingItem;

  constructor(mode: StoreMode, key: string, item: OutgoingItem, server: string) {
    super(mode, key, server);
    this.#mode = mode;
    this.#item = item;
  }

  encode(writer: ByteWriter): void {
    const { data, dataBytes, flags, exptime, cas } = this.#item;
    writeMetaSet(writer, this.key, { data, dataBytes, flags, exptime, cas, mode: this.#mode });
  }

  protected read(reply: ReceivedMetaReply): StoreOutcome {
    switch (reply.code) {
      case 'HD':
        return 'stored';
      case 'NS':
        return 'not_stored';
      case 'EX':
        return 'exists';
      case 'NF':
        return 'not_found';
      default:
        throw this.failure(reply);
    }
  }
}

class MetaDelete extends MetaRequest<boolean> {
  encode(writer: ByteWriter): void {
    writeMetaDelete(writer, this.key);
  }

  protected read(reply: ReceivedMetaReply): boolean {
    if (reply.code === 'HD') return true;
    if (reply.code === 'NF') return false;
    throw this.failure(reply);
  }
}

class MetaArithmeticRequest extends MetaRequest<bigint | undefined> {
  readonly #input: ArithmeticInput;

  constructor(key: string, input: ArithmeticInput, server: string) {
    super(input.direction, key, server);
    this.#input = input;
  }

  encode(writer: ByteWriter): void {
    const { direction, by, initial, exptime } = this.#input;
    writeMetaArithmetic(writer, this.key, { mode: direction, by, initial, exptime });
  }

  protected read(reply: ReceivedMetaReply): bigint | undefined {
    if (reply.code === 'NF') return undefined;
    const digits = /^(\d{1,20}) *$/.exec(reply.data?.toString('latin1') ?? '');
    // A shorter number is padded with spaces: 100 decremented to 9 is answered "9  " (measured on 1.6.18).
    if (reply.code === 'VA' && digits !== null) return BigInt(digits[1] ?? '');
    throw this.failure(reply);
  }
}

/** `mg` without v: sets the expiry and answers HD or EN. Counted by the server as a touch, like the classic command. */
class MetaTouch extends MetaRequest<boolean> {
  readonly #exptime: number;

  constructor(key: string, exptime: number, server: string) {
    super('touch', key, server);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeMetaGet(writer, this.key, `T${this.#exptime}`);
  }

  protected read(reply: ReceivedMetaReply): boolean {
    if (reply.code === 'HD') return true;
    if (reply.code === 'EN') return false;
    throw this.failure(reply);
  }
}

// The meta protocol has no commands for the server itself; the classic ones work on the same connection.

class TextStats extends MetaRequest<Record<string, string>> {
  readonly #group: string;
  readonly #stats: Record<string, string> = Object.create(null) as Record<string, string>;

  constructor(group: string, server: string) {
    super('stats', '', server);
    this.#group = group;
  }

  encode(writer: ByteWriter): void {
    writeTextStats(writer, this.#group);
  }

  protected read(reply: ReceivedMetaReply): Record<string, string> | typeof needsMore {
    if (reply.code === 'END' || reply.code === 'RESET') return { ...this.#stats };
    if (reply.code !== 'STAT') throw this.failure(reply);
    const space = reply.text.indexOf(' ');
    const name = space < 0 ? reply.text : reply.text.slice(0, space);
    this.#stats[name] = space < 0 ? '' : reply.text.slice(space + 1);
    return needsMore;
  }
}

class TextVersion extends MetaRequest<string> {
  encode(writer: ByteWriter): void {
    writeTextVersion(writer);
  }

  protected read(reply: ReceivedMetaReply): string {
    if (reply.code !== 'VERSION') throw this.failure(reply);
    return reply.text;
  }
}

class TextFlush extends MetaRequest<void> {
  encode(writer: ByteWriter): void {
    writeTextFlushAll(writer);
  }

  protected read(reply: ReceivedMetaReply): void {
    if (reply.code !== 'OK') throw this.failure(reply);
  }
}

export class MetaDriver implements ProtocolDriver {
  readonly name = 'meta';
  readonly #server: string;

  /** @param server `host:port`, for messages */
  constructor(server: string) {
    this.#server = server;
  }

  get(key: string): WireRequest<WireItem | undefined> {
    return new MetaGet('get', key, this.#server);
  }

  gets(key: string): WireRequest<WireItem | undefined> {
    return new MetaGet('gets', key, this.#server);
  }

  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome> {
    return new MetaStore(mode, key, item, this.#server);
  }

  delete(key: string): WireRequest<boolean> {
    return new MetaDelete('delete', key, this.#server);
  }

  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined> {
    return new MetaArithmeticRequest(key, input, this.#server);
  }

  touch(key: string, exptime: number): WireRequest<boolean> {
    return new MetaTouch(key, exptime, this.#server);
  }

  stats(group: string): WireRequest<Record<string, string>> {
    return new TextStats(group, this.#server);
  }

  version(): WireRequest<string> {
    return new TextVersion('version', '', this.#server);
  }

  flush(): WireRequest<void> {
    return new TextFlush('flush', '', this.#server);
  }

  createReplyParser(onReply: (reply: unknown) => void): { push(chunk: Buffer): void } {
    return new MetaReplyParser(onReply);
  }
}
