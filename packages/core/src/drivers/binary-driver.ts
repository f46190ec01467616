import { BinaryReplyParser, binaryOpcodes } from '@memkit/protocol/internal';
import { BinaryClusterConfiguration, BinaryGetMany } from './binary-get-many.js';
import {
  BinaryArithmeticRequest,
  BinaryDelete,
  BinaryFlush,
  BinaryGet,
  BinaryGetAndTouch,
  BinaryGetIfChanged,
  BinaryStats,
  BinaryStoreRequest,
  BinaryTouch,
  BinaryVersion,
} from './binary-requests.js';
import { DriverSession, type DriverSessionOptions } from './driver-session.js';
import type {
  ArithmeticInput,
  ChangedItem,
  FoundItems,
  OutgoingItem,
  ProtocolDriver,
  ReplyParser,
  StoreMode,
  StoreOutcome,
  WireItem,
  WireRequest,
} from './protocol-driver.js';
import { tokenOn } from './same-item.js';
import { assertConnectionTaken } from './too-many-connections.js';

/** API commands as binary requests: for servers that want SASL, and for those that speak nothing else. */
export class BinaryDriver implements ProtocolDriver {
  readonly name = 'binary';
  readonly #session: DriverSession;

  /** @param server `host:port`, for messages */
  constructor(server: string, options: DriverSessionOptions) {
    this.#session = new DriverSession(server, options);
  }

  get(key: string): WireRequest<WireItem | undefined> {
    return new BinaryGet('get', key, this.#session);
  }

  getMany(keys: readonly string[]): WireRequest<FoundItems> {
    return new BinaryGetMany(keys, this.#session);
  }

  gets(key: string): WireRequest<WireItem | undefined> {
    return new BinaryGet('gets', key, this.#session);
  }

  getIfChanged(key: string, cas: bigint, connection?: number): WireRequest<ChangedItem | undefined> {
    return new BinaryGetIfChanged(key, tokenOn(this.#session, cas, connection), this.#session);
  }

  getAndTouch(key: string, exptime: number): WireRequest<WireItem | undefined> {
    return new BinaryGetAndTouch(key, exptime, this.#session);
  }

  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome> {
    return new BinaryStoreRequest(mode, key, item, this.#session);
  }

  delete(key: string): WireRequest<boolean> {
    return new BinaryDelete('delete', binaryOpcodes.delete, key, this.#session);
  }

  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined> {
    return new BinaryArithmeticRequest(key, input, this.#session);
  }

  touch(key: string, exptime: number): WireRequest<boolean> {
    return new BinaryTouch(key, exptime, this.#session);
  }

  stats(group: string): WireRequest<Record<string, string>> {
    return new BinaryStats(group, this.#session);
  }

  version(): WireRequest<string> {
    return new BinaryVersion('version', binaryOpcodes.version, '', this.#session);
  }

  flush(): WireRequest<void> {
    return new BinaryFlush('flush', binaryOpcodes.flush, '', this.#session);
  }

  clusterConfiguration(): WireRequest<string> {
    return new BinaryClusterConfiguration(this.#session);
  }

  createReplyParser(onReply: (reply: unknown) => void): ReplyParser {
    const parser = new BinaryReplyParser(onReply);
    let isFirst = true;
    return {
      get room() {
        return parser.room;
      },
      push: (chunk) => {
        if (isFirst) assertConnectionTaken(chunk, this.#session.server);
        isFirst = false;
        parser.push(chunk);
      },
    };
  }
}
