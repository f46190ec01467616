import { GatheredGets } from './gathered-gets.js';
import { LineDriver } from './line-driver.js';
import type {
  ArithmeticInput,
  ChangedItem,
  GetsTogether,
  OutgoingItem,
  ProtocolDriver,
  StoreMode,
  StoreOutcome,
  WireItem,
  WireRequest,
} from './protocol-driver.js';
import { tokenOn } from './same-item.js';
import {
  TextArithmetic,
  TextDelete,
  TextGet,
  TextGetAndTouch,
  TextGetIfChanged,
  TextStore,
  TextTouch,
  TextTouchThenGet,
} from './text-requests.js';

/** API commands as classic text requests: for servers before the meta protocol, and for proxies and hosted services without it. */
export class TextDriver extends LineDriver implements ProtocolDriver {
  readonly name = 'text';

  get(key: string): WireRequest<WireItem | undefined> {
    return new TextGet('get', key, this.session);
  }

  getTogether(): GetsTogether {
    return new GatheredGets(this.session);
  }

  gets(key: string): WireRequest<WireItem | undefined> {
    return new TextGet('gets', key, this.session);
  }

  getIfChanged(key: string, cas: bigint, connection?: number): WireRequest<ChangedItem | undefined> {
    return new TextGetIfChanged(key, tokenOn(this.session, cas, connection), this.session);
  }

  getAndTouch(key: string, exptime: number): WireRequest<WireItem | undefined> {
    return this.session.speaks('getAndTouch')
      ? new TextGetAndTouch(key, exptime, this.session)
      : new TextTouchThenGet(key, exptime, this.session);
  }

  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome> {
    return new TextStore(mode, key, item, this.session);
  }

  delete(key: string): WireRequest<boolean> {
    return new TextDelete('delete', key, this.session);
  }

  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined> {
    return new TextArithmetic(key, input, this.session);
  }

  touch(key: string, exptime: number): WireRequest<boolean> {
    return new TextTouch(key, exptime, this.session);
  }
}
