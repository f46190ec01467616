/** API commands on one key as classic requests. Values are told apart by the key that comes with them. */
import {
  writeTextArithmetic,
  writeTextCas,
  writeTextDelete,
  writeTextGet,
  writeTextGetAndTouch,
  writeTextStore,
  writeTextTouch,
  type ByteWriter,
  type TextReply,
} from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';
import { LineRequest } from './line-request.js';
import { LineStore } from './line-store.js';
import {
  needsMore,
  unchanged,
  type ArithmeticInput,
  type ChangedItem,
  type StoreOutcome,
  type WireItem,
} from './protocol-driver.js';
import { isSameItem } from './same-item.js';

/** One VALUE, or none, and END. */
abstract class Retrieval<Result = WireItem> extends LineRequest<Result | undefined> {
  #item: WireItem | undefined;

  protected item(reply: TextReply): WireItem | undefined | typeof needsMore {
    if (reply.code === 'END') return this.#item;
    if (reply.code !== 'VALUE' || reply.data === undefined || this.#item !== undefined || reply.text !== this.key) {
      throw this.failure(reply);
    }
    // A VALUE reply has exactly the three fields of an item.
    this.#item = reply as TextReply & WireItem;
    return needsMore;
  }
}

export class TextGet extends Retrieval {
  encode(writer: ByteWriter): void {
    writeTextGet(writer, this.command === 'gets' ? 'gets' : 'get', [this.key]);
  }

  protected read(reply: TextReply): WireItem | undefined | typeof needsMore {
    return this.item(reply);
  }
}

/** The classic protocol has no conditional get: the item comes, and its token tells. */
export class TextGetIfChanged extends Retrieval<ChangedItem> {
  readonly #cas: bigint;

  constructor(key: string, cas: bigint, session: DriverSession) {
    super('getIfChanged', key, session);
    this.#cas = cas;
  }

  encode(writer: ByteWriter): void {
    writeTextGet(writer, 'gets', [this.key]);
  }

  protected read(reply: TextReply): ChangedItem | undefined | typeof needsMore {
    const item = this.item(reply);
    if (typeof item !== 'object') return item;
    const { data, flags, cas } = item;
    return isSameItem(cas, this.#cas) ? unchanged : { data, flags, cas, connection: this.session.connection };
  }
}

export class TextGetAndTouch extends Retrieval {
  readonly #exptime: number;

  constructor(key: string, exptime: number, session: DriverSession) {
    super('getAndTouch', key, session);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeTextGetAndTouch(writer, 'gat', this.#exptime, [this.key]);
  }

  protected read(reply: TextReply): WireItem | undefined | typeof needsMore {
    return this.item(reply);
  }
}

/** What `gat` does, for servers before 1.5.3: touch and get in one write. An item that was not touched is a miss. */
export class TextTouchThenGet extends Retrieval {
  readonly #exptime: number;
  #touched: TextReply | undefined;

  constructor(key: string, exptime: number, session: DriverSession) {
    super('getAndTouch', key, session);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeTextTouch(writer, this.key, this.#exptime);
    writeTextGet(writer, 'get', [this.key]);
  }

  protected read(reply: TextReply): WireItem | undefined | typeof needsMore {
    if (this.#touched === undefined) {
      this.#touched = reply;
      return needsMore;
    }
    const item = this.item(reply);
    // The answer to get comes in any case and must be read before touch is judged.
    if (item === needsMore || this.#touched.code === 'TOUCHED') return item;
    if (this.#touched.code === 'NOT_FOUND') return undefined;
    throw this.failure(this.#touched);
  }
}

export class TextStore extends LineStore {
  encode(writer: ByteWriter): void {
    const { mode, item } = this;
    // The other modes cannot compare a token in this protocol; add needs none, since it never replaces an item.
    const isConditional = item.cas !== 0n && (mode === 'set' || mode === 'replace');
    if (isConditional) writeTextCas(writer, this.key, item, item.cas);
    else writeTextStore(writer, mode, this.key, item);
  }

  protected outcomeOf(code: string): StoreOutcome | undefined {
    switch (code) {
      case 'STORED':
        return 'stored';
      case 'NOT_STORED':
        return 'not_stored';
      case 'EXISTS':
        return 'exists';
      case 'NOT_FOUND':
        return 'not_found';
      default:
        return undefined;
    }
  }
}

export class TextDelete extends LineRequest<boolean> {
  encode(writer: ByteWriter): void {
    writeTextDelete(writer, this.key);
  }

  protected read(reply: TextReply): boolean {
    if (reply.code === 'DELETED') return true;
    if (reply.code === 'NOT_FOUND') return false;
    throw this.failure(reply);
  }
}

/** `incr` and `decr` create nothing: an absent counter stays absent whatever start value is given. */
export class TextArithmetic extends LineRequest<bigint | undefined> {
  readonly #input: ArithmeticInput;

  constructor(key: string, input: ArithmeticInput, session: DriverSession) {
    super(input.direction, key, session);
    this.#input = input;
  }

  encode(writer: ByteWriter): void {
    const { direction, by } = this.#input;
    writeTextArithmetic(writer, direction === 'increment' ? 'incr' : 'decr', this.key, by);
  }

  protected read(reply: TextReply): bigint | undefined {
    if (reply.code === 'NUMBER') return BigInt(reply.text);
    if (reply.code === 'NOT_FOUND') return undefined;
    throw this.failure(reply);
  }
}

export class TextTouch extends LineRequest<boolean> {
  readonly #exptime: number;

  constructor(key: string, exptime: number, session: DriverSession) {
    super('touch', key, session);
    this.#exptime = exptime;
  }

  encode(writer: ByteWriter): void {
    writeTextTouch(writer, this.key, this.#exptime);
  }

  protected read(reply: TextReply): boolean {
    if (reply.code === 'TOUCHED') return true;
    if (reply.code === 'NOT_FOUND') return false;
    throw this.failure(reply);
  }
}
