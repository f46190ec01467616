import { describe, expect, it } from '@jest/globals';
import type { OutgoingItem, WireItem } from '../drivers/protocol-driver.js';
import type { ChunkOperations } from './chunk-operations.js';
import { ChunkedValues, isChunked } from './chunked-values.js';

const deadline = { at: 1000, isImpatient: false };

/** Items in a map; enough of a server for what the class promises. */
class Items implements ChunkOperations {
  readonly stored = new Map<string, OutgoingItem>();

  store(mode: string, key: string, item: OutgoingItem): Promise<boolean> {
    const refused = mode === 'add' ? this.stored.has(key) : mode === 'replace' && !this.stored.has(key);
    if (!refused) this.stored.set(key, item);
    return Promise.resolve(!refused);
  }

  getMany(keys: readonly string[]) {
    const items = new Map(
      keys.flatMap((key): [string, WireItem][] => (this.stored.has(key) ? [[key, this.read(key)]] : [])),
    );
    return Promise.resolve({ items, failures: new Map() });
  }

  touch(key: string): Promise<boolean> {
    return Promise.resolve(this.stored.has(key));
  }

  delete(key: string): Promise<boolean> {
    return Promise.resolve(this.stored.delete(key));
  }

  backgroundDeadline() {
    return deadline;
  }

  read(key: string): WireItem {
    const item = this.stored.get(key);
    if (item === undefined) throw new Error(`no ${key}`);
    return { data: Buffer.from(item.data), flags: item.flags, cas: 7n };
  }
}

function setUp() {
  const items = new Items();
  const chunked = new ChunkedValues(items, '');
  const store = (text: string, mode: 'set' | 'add' | 'replace' = 'set') => {
    const value = { data: text, dataBytes: text.length, flags: 5 };
    return chunked.store({ mode, key: 'feed:42', value, exptime: 60, cas: 0n, chunkBytes: 10 }, deadline);
  };
  const read = () => chunked.read('feed:42', items.read('feed:42'), deadline);
  return { items, chunked, store, read };
}

describe('a chunked value', () => {
  it('comes back whole, with its own flags and the CAS token of its manifest', async () => {
    const { items, store, read } = setUp();
    expect(await store('one value of thirty-odd bytes...')).toBe(true);
    expect(items.stored.size).toBe(5);
    expect(isChunked(items.read('feed:42'))).toBe(true);
    expect(await read()).toEqual({ data: Buffer.from('one value of thirty-odd bytes...'), flags: 5, cas: 7n });
  });
});
