import { TextReplyParser } from '@memkit/protocol/internal';
import {
  ClassicFlush,
  ClassicGetMany,
  ClassicStats,
  ClassicVersion,
  ClusterConfiguration,
} from './classic-requests.js';
import { DriverSession, type DriverSessionOptions } from './driver-session.js';
import type {
  ArithmeticInput,
  OutgoingItem,
  ProtocolDriver,
  ReplyParser,
  StoreMode,
  StoreOutcome,
  WireItem,
  WireRequest,
} from './protocol-driver.js';
import {
  TextArithmetic,
  TextDelete,
  TextGet,
  TextGetAndTouch,
  TextStore,
  TextTouch,
  TextTouchThenGet,
} from './text-requests.js';

/** API commands as classic text requests: for servers before the meta protocol, and for proxies and hosted services without it. */
export class TextDriver implements ProtocolDriver {
  readonly name = 'text';
  readonly #session: DriverSession;

  /** @param server `host:port`, for messages */
  constructor(server: string, options: DriverSessionOptions) {
    this.#session = new DriverSession(server, options);
  }

  get(key: string): WireRequest<WireItem | undefined> {
    return new TextGet('get', key, this.#session);
  }

  getMany(keys: readonly string[]): WireRequest<Map<string, WireItem>> {
    return new ClassicGetMany(keys, this.#session);
  }

  gets(key: string): WireRequest<WireItem | undefined> {
    return new TextGet('gets', key, this.#session);
  }

  getAndTouch(key: string, exptime: number): WireRequest<WireItem | undefined> {
    return this.#session.speaks('getAndTouch')
      ? new TextGetAndTouch(key, exptime, this.#session)
      : new TextTouchThenGet(key, exptime, this.#session);
  }

  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome> {
    return new TextStore(mode, key, item, this.#session);
  }

  delete(key: string): WireRequest<boolean> {
    return new TextDelete('delete', key, this.#session);
  }

  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined> {
    return new TextArithmetic(key, input, this.#session);
  }

  touch(key: string, exptime: number): WireRequest<boolean> {
    return new TextTouch(key, exptime, this.#session);
  }

  stats(group: string): WireRequest<Record<string, string>> {
    return new ClassicStats(group, this.#session);
  }

  version(): WireRequest<string> {
    return new ClassicVersion('version', '', this.#session);
  }

  flush(): WireRequest<void> {
    return new ClassicFlush('flush', '', this.#session);
  }

  clusterConfiguration(): WireRequest<string> {
    return new ClusterConfiguration('clusterConfiguration', '', this.#session);
  }

  createReplyParser(onReply: (reply: unknown) => void): ReplyParser {
    return new TextReplyParser(onReply, this.#session);
  }
}
