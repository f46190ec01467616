/** API commands on one key as meta requests. Each carries a number that the reply must repeat. */
import {
  readCounter,
  writeMetaArithmetic,
  writeMetaDelete,
  writeMetaGet,
  writeMetaSet,
  type ByteWriter,
  type TextReply,
} from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';
import { LineRequest } from './line-request.js';
import { LineStore } from './line-store.js';
import {
  unchanged,
  type ArithmeticInput,
  type ChangedItem,
  type OutgoingItem,
  type StoreMode,
  type StoreOutcome,
  type WireItem,
} from './protocol-driver.js';
import { isSameItem } from './same-item.js';

abstract class MetaRequest<Result> extends LineRequest<Result> {
  constructor(command: string, key: string, session: DriverSession) {
    super(command, key, session, session.nextOpaque());
  }
}

export class MetaGet extends MetaRequest<WireItem | undefined> {
  readonly #flags: string;

  /** @param flags of mg; `v` and `f` among them */
  constructor(command: string, key: string, flags: string, session: DriverSession) {
    super(command, key, session);
    this.#flags = flags;
  }

  encode(writer: ByteWriter): void {
    writeMetaGet(writer, this.key, this.#flags, this.opaque);
  }

  protected read(reply: TextReply): WireItem | undefined {
    // A VA reply has exactly the three fields of an item.
    if (reply.code === 'VA' && reply.data !== undefined) return reply as TextReply & WireItem;
    if (reply.code === 'EN') return undefined;
    throw this.failure(reply);
  }
}

/**
 * `mg … C`: HD without the value while the token is the item's own (measured on 1.6.45). A server before 1.6.40 ignores the
 * flag and sends the item; its token tells then.
 */
export class MetaGetIfChanged extends MetaRequest<ChangedItem | undefined> {
  readonly #cas: bigint;

  constructor(key: string, cas: bigint, session: DriverSession) {
    super('getIfChanged', key, session);
    this.#cas = cas;
  }

  encode(writer: ByteWriter): void {
    const condition = this.#cas !== 0n && this.session.speaks('conditionalGet') ? ` C${String(this.#cas)}` : '';
    writeMetaGet(writer, this.key, `v f c${condition}`, this.opaque);
  }

  protected read(reply: TextReply): ChangedItem | undefined {
    if (reply.code === 'HD') return unchanged;
    if (reply.code === 'EN') return undefined;
    if (reply.code !== 'VA' || reply.data === undefined) throw this.failure(reply);
    const { data, flags, cas } = reply;
    return isSameItem(cas, this.#cas) ? unchanged : { data, flags, cas, connection: this.session.connection };
  }
}

export class MetaStore extends LineStore {
  constructor(mode: StoreMode, key: string, item: OutgoingItem, session: DriverSession) {
    super(mode, key, item, session, session.nextOpaque());
  }

  encode(writer: ByteWriter): void {
    const { data, dataBytes, flags, exptime, cas } = this.item;
    writeMetaSet(writer, this.key, { data, dataBytes, flags, exptime, cas, mode: this.mode }, this.opaque);
  }

  protected outcomeOf(code: string): StoreOutcome | undefined {
    switch (code) {
      case 'HD':
        return 'stored';
      case 'NS':
        return 'not_stored';
      case 'EX':
        return 'exists';
      case 'NF':
        return 'not_found';
      default:
        return undefined;
    }
  }
}

export class MetaDelete extends MetaRequest<boolean> {
  encode(writer: ByteWriter): void {
    writeMetaDelete(writer, this.key, 0n, this.opaque);
  }

  protected read(reply: TextReply): boolean {
    if (reply.code === 'HD') return true;
    if (reply.code === 'NF') return false;
    throw this.failure(reply);
  }
}

export class MetaArithmeticRequest extends MetaRequest<bigint | undefined> {
  readonly #input: ArithmeticInput;

  constructor(key: string, input: ArithmeticInput, session: DriverSession) {
    super(input.direction, key, session);
    this.#input = input;
  }

  encode(writer: ByteWriter): void {
    const { direction, by } = this.#input;
    writeMetaArithmetic(writer, this.key, { mode: direction, by, initial: undefined, exptime: 0 }, this.opaque);
  }

  protected read(reply: TextReply): bigint | undefined {
    if (reply.code === 'NF') return undefined;
    const count = reply.code === 'VA' && reply.data !== undefined ? readCounter(reply.data) : undefined;
    if (count === undefined) throw this.failure(reply);
    return count;
  }
}

/** `mg` without v: sets the expiry and answers HD or EN. Counted by the server as a touch, like the classic command. */
export class MetaTouch extends MetaRequest<boolean> {
  readonly #exptime: number;

  constructor(key: string, exptime: number, session: DriverSession) {
    super('touch', key, session);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeMetaGet(writer, this.key, `T${this.#exptime}`, this.opaque);
  }

  protected read(reply: TextReply): boolean {
    if (reply.code === 'HD') return true;
    if (reply.code === 'EN') return false;
    throw this.failure(reply);
  }
}
