/** API commands as binary requests: for servers that want SASL, and for those before memcached 1.6. */
import { MemcacheError } from '@memkit/protocol';
import {
  BinaryReplyParser,
  binaryOpcodes,
  binaryStatus,
  writeBinaryArithmetic,
  writeBinaryDelete,
  writeBinaryFlush,
  writeBinaryGet,
  writeBinaryStat,
  writeBinaryStore,
  writeBinaryTouch,
  writeBinaryVersion,
  type BinaryReply,
  type ByteWriter,
} from '@memkit/protocol/internal';
import { binaryStatusError } from './binary-reply-errors.js';
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
import { assertConnectionTaken } from './too-many-connections.js';

/** What every request of one driver knows about it. */
interface DriverContext {
  /** `host:port`. */
  readonly server: string;
  readonly isLoggedIn: boolean;
}

const { success, keyNotFound, keyExists, notStored } = binaryStatus;

abstract class BinaryRequest<Result> implements WireRequest<Result> {
  readonly command: string;
  readonly key: string;
  readonly #opcode: number;
  readonly #context: DriverContext;

  constructor(command: string, opcode: number, key: string, context: DriverContext) {
    this.command = command;
    this.key = key;
    this.#opcode = opcode;
    this.#context = context;
  }

  abstract encode(writer: ByteWriter): void;
  protected abstract read(reply: BinaryReply): Result | typeof needsMore;

  decode(reply: unknown): Result | typeof needsMore {
    // The reply comes from this driver's own parser; the seam calls it unknown because each driver has its own type.
    const binary = reply as BinaryReply;
    if (binary.opcode === this.#opcode) return this.read(binary);
    const detail = `the server answered opcode 0x${binary.opcode.toString(16)} instead of 0x${this.#opcode.toString(16)}`;
    throw new MemcacheError('UNEXPECTED_REPLY', { ...this.#facts(), detail });
  }

  protected failure(reply: BinaryReply): MemcacheError {
    return binaryStatusError(reply, this.#facts(), this.#context.isLoggedIn);
  }

  #facts() {
    return requestFacts(this.command, this.key, this.#context.server);
  }
}

class BinaryGet extends BinaryRequest<WireItem | undefined> {
  constructor(command: 'get' | 'gets', key: string, context: DriverContext) {
    super(command, binaryOpcodes.get, key, context);
  }

  encode(writer: ByteWriter): void {
    writeBinaryGet(writer, this.key);
  }

  protected read(reply: BinaryReply): WireItem | undefined {
    if (reply.status === success) {
      const { data, flags } = reply;
      return { data, flags, cas: this.command === 'gets' ? reply.cas : 0n };
    }
    if (reply.status === keyNotFound) return undefined;
    throw this.failure(reply);
  }
}

class BinaryStoreRequest extends BinaryRequest<StoreOutcome> {
  readonly #mode: StoreMode;
  readonly #item: OutgoingItem;

  constructor(mode: StoreMode, key: string, item: OutgoingItem, context: DriverContext) {
    super(mode, binaryOpcodes[mode], key, context);
    this.#mode = mode;
    this.#item = item;
  }

  encode(writer: ByteWriter): void {
    writeBinaryStore(writer, this.#mode, this.key, this.#item);
  }

  protected read(reply: BinaryReply): StoreOutcome {
    const isConditional = this.#item.cas !== 0n;
    switch (reply.status) {
      case success:
        return 'stored';
      // ADD to a present key answers "exists", REPLACE of an absent one "not found": the meta protocol's NS for both.
      case keyExists:
        return isConditional ? 'exists' : 'not_stored';
      case keyNotFound:
        return isConditional ? 'not_found' : 'not_stored';
      case notStored:
        return 'not_stored';
      default:
        throw this.failure(reply);
    }
  }
}

class BinaryDelete extends BinaryRequest<boolean> {
  encode(writer: ByteWriter): void {
    writeBinaryDelete(writer, this.key);
  }

  protected read(reply: BinaryReply): boolean {
    if (reply.status === success) return true;
    if (reply.status === keyNotFound) return false;
    throw this.failure(reply);
  }
}

class BinaryArithmeticRequest extends BinaryRequest<bigint | undefined> {
  readonly #input: ArithmeticInput;

  constructor(key: string, input: ArithmeticInput, context: DriverContext) {
    super(input.direction, binaryOpcodes[input.direction], key, context);
    this.#input = input;
  }

  encode(writer: ByteWriter): void {
    const { direction, by, initial, exptime } = this.#input;
    writeBinaryArithmetic(writer, this.key, { mode: direction, by, initial, exptime });
  }

  protected read(reply: BinaryReply): bigint | undefined {
    if (reply.status === success && reply.data.length === 8) return reply.data.readBigUInt64BE(0);
    if (reply.status === keyNotFound) return undefined;
    throw this.failure(reply);
  }
}

class BinaryTouch extends BinaryRequest<boolean> {
  readonly #exptime: number;

  constructor(key: string, exptime: number, context: DriverContext) {
    super('touch', binaryOpcodes.touch, key, context);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeBinaryTouch(writer, this.key, this.#exptime);
  }

  protected read(reply: BinaryReply): boolean {
    if (reply.status === success) return true;
    if (reply.status === keyNotFound) return false;
    throw this.failure(reply);
  }
}

class BinaryStats extends BinaryRequest<Record<string, string>> {
  readonly #group: string;
  readonly #stats: Record<string, string> = Object.create(null) as Record<string, string>;

  constructor(group: string, context: DriverContext) {
    super('stats', binaryOpcodes.stat, '', context);
    this.#group = group;
  }

  encode(writer: ByteWriter): void {
    writeBinaryStat(writer, this.#group);
  }

  protected read(reply: BinaryReply): Record<string, string> | typeof needsMore {
    if (reply.status !== success) throw this.failure(reply);
    if (reply.key === '') return { ...this.#stats };
    this.#stats[reply.key] = reply.data.toString('utf8');
    return needsMore;
  }
}

class BinaryVersion extends BinaryRequest<string> {
  encode(writer: ByteWriter): void {
    writeBinaryVersion(writer);
  }

  protected read(reply: BinaryReply): string {
    if (reply.status !== success) throw this.failure(reply);
    return reply.data.toString('utf8');
  }
}

class BinaryFlush extends BinaryRequest<void> {
  encode(writer: ByteWriter): void {
    writeBinaryFlush(writer);
  }

  protected read(reply: BinaryReply): void {
    if (reply.status !== success) throw this.failure(reply);
  }
}

export class BinaryDriver implements ProtocolDriver {
  readonly name = 'binary';
  readonly #context: DriverContext;

  /**
   * @param server `host:port`, for messages
   * @param isLoggedIn whether the connection logs in first: decides between NOT_PERMITTED and AUTH_FAILED
   */
  constructor(server: string, isLoggedIn: boolean) {
    this.#context = { server, isLoggedIn };
  }

  get(key: string): WireRequest<WireItem | undefined> {
    return new BinaryGet('get', key, this.#context);
  }

  gets(key: string): WireRequest<WireItem | undefined> {
    return new BinaryGet('gets', key, this.#context);
  }

  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome> {
    return new BinaryStoreRequest(mode, key, item, this.#context);
  }

  delete(key: string): WireRequest<boolean> {
    return new BinaryDelete('delete', binaryOpcodes.delete, key, this.#context);
  }

  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined> {
    return new BinaryArithmeticRequest(key, input, this.#context);
  }

  touch(key: string, exptime: number): WireRequest<boolean> {
    return new BinaryTouch(key, exptime, this.#context);
  }

  stats(group: string): WireRequest<Record<string, string>> {
    return new BinaryStats(group, this.#context);
  }

  version(): WireRequest<string> {
    return new BinaryVersion('version', binaryOpcodes.version, '', this.#context);
  }

  flush(): WireRequest<void> {
    return new BinaryFlush('flush', binaryOpcodes.flush, '', this.#context);
  }

  createReplyParser(onReply: (reply: unknown) => void): { push(chunk: Buffer): void } {
    const parser = new BinaryReplyParser(onReply);
    let isFirst = true;
    return {
      push: (chunk) => {
        if (isFirst) assertConnectionTaken(chunk, this.#context.server);
        isFirst = false;
        parser.push(chunk);
      },
    };
  }
}
