import { LineDriver } from './line-driver.js';
import { MetaArithmeticRequest, MetaDelete, MetaGet, MetaGetIfChanged, MetaStore, MetaTouch } from './meta-requests.js';
import type {
  ArithmeticInput,
  ChangedItem,
  OutgoingItem,
  ProtocolDriver,
  StoreMode,
  StoreOutcome,
  WireItem,
  WireRequest,
} from './protocol-driver.js';
import { tokenOn } from './same-item.js';

/**
 * API commands as meta requests (memcached 1.6.10 and later). The meta protocol has no commands for many keys or for the
 * server itself; the classic ones work on the same connection.
 */
export class MetaDriver extends LineDriver implements ProtocolDriver {
  readonly name = 'meta';

  get(key: string): WireRequest<WireItem | undefined> {
    return new MetaGet('get', key, 'v f', this.session);
  }

  gets(key: string): WireRequest<WireItem | undefined> {
    return new MetaGet('gets', key, 'v f c', this.session);
  }

  getIfChanged(key: string, cas: bigint, connection?: number): WireRequest<ChangedItem | undefined> {
    return new MetaGetIfChanged(key, tokenOn(this.session, cas, connection), this.session);
  }

  getAndTouch(key: string, exptime: number): WireRequest<WireItem | undefined> {
    return new MetaGet('getAndTouch', key, `v f T${exptime}`, this.session);
  }

  store(mode: StoreMode, key: string, item: OutgoingItem): WireRequest<StoreOutcome> {
    return new MetaStore(mode, key, item, this.session);
  }

  delete(key: string): WireRequest<boolean> {
    return new MetaDelete('delete', key, this.session);
  }

  arithmetic(key: string, input: ArithmeticInput): WireRequest<bigint | undefined> {
    return new MetaArithmeticRequest(key, input, this.session);
  }

  touch(key: string, exptime: number): WireRequest<boolean> {
    return new MetaTouch(key, exptime, this.session);
  }
}
