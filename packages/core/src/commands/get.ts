import {
  unchanged,
  type ChangedItem,
  type FreshItem,
  type ProtocolDriver,
  type WireItem,
  type WireRequest,
} from '../drivers/protocol-driver.js';
import type { Deadline } from '../cluster/deadline.js';
import type { Command, ExptimeLimit } from './command.js';
import { TouchCommand } from './touch.js';

/** What the caller makes of an item; a promise where that takes a while. Runs before the operation settles. */
export type ReadItem<Value> = (item: WireItem, key: string, deadline: Deadline) => Value | PromiseLike<Value>;

/** What all of a kind have in common are getters, so that each of them is a smaller object: one is made for every call. */
abstract class ReadCommand<Value> implements Command<WireItem | undefined, Value | undefined> {
  abstract get name(): 'get' | 'gets' | 'getAndTouch';
  abstract get effect(): 'read' | 'touch';
  readonly key: string;
  protected readonly read: ReadItem<Value>;

  constructor(key: string, read: ReadItem<Value>) {
    this.key = key;
    this.read = read;
  }

  get bytes(): number {
    return this.key.length;
  }

  get isIdempotent(): boolean {
    return true;
  }

  abstract request(driver: ProtocolDriver): WireRequest<WireItem | undefined>;

  result(item: WireItem | undefined, deadline: Deadline): Value | PromiseLike<Value> | undefined {
    return item === undefined ? undefined : this.read(item, this.key, deadline);
  }
}

export class GetCommand<Value> extends ReadCommand<Value> {
  get name() {
    return 'get' as const;
  }

  get effect() {
    return 'read' as const;
  }

  request(driver: ProtocolDriver): WireRequest<WireItem | undefined> {
    return driver.get(this.key);
  }

  get isPlainGet(): boolean {
    return true;
  }
}

/** The item comes with its CAS token. */
export class GetsCommand<Value> extends ReadCommand<Value> {
  get name() {
    return 'gets' as const;
  }

  get effect() {
    return 'read' as const;
  }

  request(driver: ProtocolDriver): WireRequest<WireItem | undefined> {
    return driver.gets(this.key);
  }
}

/** As `gets`; `'unchanged'` when the item still has the CAS token. */
export class GetIfChangedCommand<Value> implements Command<ChangedItem | undefined, Value | 'unchanged' | undefined> {
  readonly name = 'getIfChanged';
  readonly effect = 'read';
  readonly isIdempotent = true;
  readonly key: string;
  readonly #cas: bigint;
  readonly #connection: number | undefined;
  readonly #read: (item: FreshItem) => Value | PromiseLike<Value>;

  /** @param connection which the token came over */
  constructor(
    key: string,
    cas: bigint,
    connection: number | undefined,
    read: (item: FreshItem) => Value | PromiseLike<Value>,
  ) {
    this.key = key;
    this.#cas = cas;
    this.#connection = connection;
    this.#read = read;
  }

  get bytes(): number {
    return this.key.length;
  }

  request(driver: ProtocolDriver): WireRequest<ChangedItem | undefined> {
    return driver.getIfChanged(this.key, this.#cas, this.#connection);
  }

  result(item: ChangedItem | undefined): Value | PromiseLike<Value> | 'unchanged' | undefined {
    if (item === undefined) return undefined;
    return item === unchanged ? 'unchanged' : this.#read(item);
  }
}

export class GetAndTouchCommand<Value> extends ReadCommand<Value> {
  get name() {
    return 'getAndTouch' as const;
  }

  get effect() {
    return 'touch' as const;
  }
  readonly #exptime: number;

  constructor(key: string, exptime: number, read: ReadItem<Value>) {
    super(key, read);
    this.#exptime = exptime;
  }

  request(driver: ProtocolDriver): WireRequest<WireItem | undefined> {
    return driver.getAndTouch(this.key, this.#exptime);
  }

  forReplica(): Command<boolean, boolean> {
    return new TouchCommand(this.key, this.#exptime);
  }

  outdatesCopies(item: WireItem | undefined): boolean {
    return item !== undefined;
  }

  expiringWithin(limit: ExptimeLimit): GetAndTouchCommand<Value> {
    return new GetAndTouchCommand(this.key, limit(this.#exptime), this.read);
  }
}
