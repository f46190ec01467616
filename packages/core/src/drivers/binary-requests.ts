/** API commands as binary requests. Each carries a number that the reply must repeat. */
import { MemcacheError } from '@memkit/protocol';
import {
  binaryOpcodes,
  binaryStatus,
  writeBinaryArithmetic,
  writeBinaryConcat,
  writeBinaryDelete,
  writeBinaryFlush,
  writeBinaryGet,
  writeBinaryGetAndTouch,
  writeBinaryStat,
  writeBinaryStore,
  writeBinaryTouch,
  writeBinaryVersion,
  type BinaryReply,
  type ByteWriter,
} from '@memkit/protocol/internal';
import { binaryStatusError } from './binary-reply-errors.js';
import type { DriverSession } from './driver-session.js';
import {
  needsMore,
  unchanged,
  type ArithmeticInput,
  type ChangedItem,
  type OutgoingItem,
  type StoreMode,
  type StoreOutcome,
  type WireItem,
  type WireRequest,
} from './protocol-driver.js';
import { isRefusedSet, refusedSet } from './refused-set.js';
import { requestFacts } from './request-facts.js';
import { isSameItem } from './same-item.js';

const { success, keyNotFound, keyExists, notStored } = binaryStatus;

export abstract class BinaryRequest<Result> implements WireRequest<Result> {
  readonly command: string;
  readonly key: string;
  readonly #opcode: number;
  protected readonly session: DriverSession;
  /** What the reply must repeat. */
  protected readonly opaque: number;

  constructor(command: string, opcode: number, key: string, session: DriverSession) {
    this.command = command;
    this.key = key;
    this.#opcode = opcode;
    this.session = session;
    this.opaque = session.nextOpaque();
  }

  abstract encode(writer: ByteWriter): void;
  protected abstract read(reply: BinaryReply): Result | typeof needsMore;

  decode(reply: unknown): Result | typeof needsMore {
    // The reply comes from this driver's own parser; the seam calls it unknown because each driver has its own type.
    const binary = reply as BinaryReply;
    if (binary.opcode === this.#opcode && binary.opaque === this.opaque) return this.read(binary);
    throw this.outOfStep(binary, this.#opcode, this.opaque);
  }

  protected failure(reply: BinaryReply): MemcacheError {
    return binaryStatusError(reply, this.facts(), this.session);
  }

  protected outOfStep(reply: BinaryReply, opcode: number, opaque: number): MemcacheError {
    const detail =
      reply.opcode === opcode
        ? `the server answered with number ${reply.opaque} instead of ${opaque}, so the reply belongs to another request`
        : `the server answered opcode 0x${reply.opcode.toString(16)} instead of 0x${opcode.toString(16)}`;
    return new MemcacheError('UNEXPECTED_REPLY', { ...this.facts(), detail });
  }

  protected facts() {
    return requestFacts(this.command, this.key, this.session.server);
  }
}

export class BinaryGet extends BinaryRequest<WireItem | undefined> {
  constructor(command: 'get' | 'gets', key: string, session: DriverSession) {
    super(command, binaryOpcodes.get, key, session);
  }

  encode(writer: ByteWriter): void {
    writeBinaryGet(writer, this.key, this.opaque);
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

/** The binary protocol has no conditional get: the item comes, and its token tells. */
export class BinaryGetIfChanged extends BinaryRequest<ChangedItem | undefined> {
  readonly #cas: bigint;

  constructor(key: string, cas: bigint, session: DriverSession) {
    super('getIfChanged', binaryOpcodes.get, key, session);
    this.#cas = cas;
  }

  encode(writer: ByteWriter): void {
    writeBinaryGet(writer, this.key, this.opaque);
  }

  protected read(reply: BinaryReply): ChangedItem | undefined {
    if (reply.status === success) {
      const { data, flags, cas } = reply;
      return isSameItem(cas, this.#cas) ? unchanged : { data, flags, cas, connection: this.session.connection };
    }
    if (reply.status === keyNotFound) return undefined;
    throw this.failure(reply);
  }
}

/** GAT: reads and sets a new expiry, as old as touch. */
export class BinaryGetAndTouch extends BinaryRequest<WireItem | undefined> {
  readonly #exptime: number;

  constructor(key: string, exptime: number, session: DriverSession) {
    super('getAndTouch', binaryOpcodes.getAndTouch, key, session);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeBinaryGetAndTouch(writer, this.key, this.#exptime, this.opaque);
  }

  protected read(reply: BinaryReply): WireItem | undefined {
    if (reply.status === success) return { data: reply.data, flags: reply.flags, cas: 0n };
    if (reply.status === keyNotFound) return undefined;
    throw this.failure(reply);
  }
}

export class BinaryStoreRequest extends BinaryRequest<StoreOutcome> {
  readonly #mode: StoreMode;
  readonly #item: OutgoingItem;

  constructor(mode: StoreMode, key: string, item: OutgoingItem, session: DriverSession) {
    super(mode, binaryOpcodes[mode], key, session);
    this.#mode = mode;
    this.#item = item;
  }

  encode(writer: ByteWriter): void {
    const mode = this.#mode;
    if (mode === 'append' || mode === 'prepend') writeBinaryConcat(writer, mode, this.key, this.#item, this.opaque);
    else writeBinaryStore(writer, mode, this.key, this.#item, this.opaque);
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
        if (isRefusedSet(this.#mode, this.#item, this.session)) throw refusedSet(this.facts());
        return 'not_stored';
      default:
        throw this.failure(reply);
    }
  }
}

export class BinaryDelete extends BinaryRequest<boolean> {
  encode(writer: ByteWriter): void {
    writeBinaryDelete(writer, this.key, 0n, this.opaque);
  }

  protected read(reply: BinaryReply): boolean {
    if (reply.status === success) return true;
    if (reply.status === keyNotFound) return false;
    throw this.failure(reply);
  }
}

export class BinaryArithmeticRequest extends BinaryRequest<bigint | undefined> {
  readonly #input: ArithmeticInput;

  constructor(key: string, input: ArithmeticInput, session: DriverSession) {
    super(input.direction, binaryOpcodes[input.direction], key, session);
    this.#input = input;
  }

  encode(writer: ByteWriter): void {
    const { direction, by } = this.#input;
    writeBinaryArithmetic(writer, this.key, { mode: direction, by, initial: undefined, exptime: 0 }, this.opaque);
  }

  protected read(reply: BinaryReply): bigint | undefined {
    if (reply.status === success && reply.data.length === 8) return reply.data.readBigUInt64BE(0);
    if (reply.status === keyNotFound) return undefined;
    throw this.failure(reply);
  }
}

export class BinaryTouch extends BinaryRequest<boolean> {
  readonly #exptime: number;

  constructor(key: string, exptime: number, session: DriverSession) {
    super('touch', binaryOpcodes.touch, key, session);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeBinaryTouch(writer, this.key, this.#exptime, this.opaque);
  }

  protected read(reply: BinaryReply): boolean {
    if (reply.status === success) return true;
    if (reply.status === keyNotFound) return false;
    throw this.failure(reply);
  }
}

export class BinaryStats extends BinaryRequest<Record<string, string>> {
  readonly #group: string;
  readonly #stats: Record<string, string> = Object.create(null) as Record<string, string>;

  constructor(group: string, session: DriverSession) {
    super('stats', binaryOpcodes.stat, '', session);
    this.#group = group;
  }

  encode(writer: ByteWriter): void {
    writeBinaryStat(writer, this.#group, this.opaque);
  }

  protected read(reply: BinaryReply): Record<string, string> | typeof needsMore {
    if (reply.status !== success) throw this.failure(reply);
    if (reply.key === '') return { ...this.#stats };
    this.#stats[reply.key] = reply.data.toString('utf8');
    return needsMore;
  }
}

export class BinaryVersion extends BinaryRequest<string> {
  encode(writer: ByteWriter): void {
    writeBinaryVersion(writer, this.opaque);
  }

  protected read(reply: BinaryReply): string {
    if (reply.status !== success) throw this.failure(reply);
    return reply.data.toString('utf8');
  }
}

export class BinaryFlush extends BinaryRequest<void> {
  encode(writer: ByteWriter): void {
    writeBinaryFlush(writer, this.opaque);
  }

  protected read(reply: BinaryReply): void {
    if (reply.status !== success) throw this.failure(reply);
  }
}
