import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/protocol';
import type { OutgoingItem, StoreMode, WireItem } from '../drivers/protocol-driver.js';
import type { WarningMessage } from '../telemetry/channels.js';
import type { ChunkOperations, ItemsRead } from './chunk-operations.js';
import { ChunkedValues, isChunked } from './chunked-values.js';

const deadline = { at: 1000, isImpatient: false };
const TEXT = 'one value of thirty-odd bytes...';

/** Items in a map: enough of a server for what the class promises. */
class Items implements ChunkOperations {
  readonly stored = new Map<string, OutgoingItem>();
  readonly asked: string[][] = [];
  /** What the next command on such a key rejects with. */
  failing: { readonly key: RegExp; readonly error: MemcacheError } | undefined;

  async store(mode: StoreMode, key: string, item: OutgoingItem): Promise<boolean> {
    await this.#arrive(key);
    const isThere = this.stored.has(key);
    if (mode === 'add' ? isThere : mode === 'replace' && !isThere) return false;
    if (item.cas !== 0n && item.cas !== 7n) return false;
    this.stored.set(key, item);
    return true;
  }

  async getMany(keys: readonly string[]): Promise<ItemsRead> {
    this.asked.push([...keys]);
    const failures = new Map<string, MemcacheError>();
    for (const key of keys) if (this.failing?.key.test(key) === true) failures.set(key, this.failing.error);
    const items = keys.map((key) => (failures.has(key) || !this.stored.has(key) ? undefined : this.read(key)));
    await Promise.resolve();
    return { items, failures };
  }

  async touch(key: string, exptime: number): Promise<boolean> {
    await this.#arrive(key);
    const item = this.stored.get(key);
    if (item !== undefined) this.stored.set(key, { ...item, exptime });
    return item !== undefined;
  }

  async delete(key: string): Promise<boolean> {
    await this.#arrive(key);
    return this.stored.delete(key);
  }

  turnOver() {
    return undefined;
  }

  backgroundDeadline() {
    return deadline;
  }

  read(key: string): WireItem {
    const item = this.stored.get(key);
    if (item === undefined) throw new Error(`no ${key}`);
    return { data: Buffer.from(item.data), flags: item.flags, cas: 7n };
  }

  get pieces(): string[] {
    return [...this.stored.keys()].filter((key) => key.includes('memkit:chunk:'));
  }

  async #arrive(key: string): Promise<void> {
    await Promise.resolve();
    if (this.failing?.key.test(key) === true) throw this.failing.error;
  }
}

let items: Items;
let chunked: ChunkedValues;
let warnings: WarningMessage[];

function listen(message: unknown): void {
  warnings.push(message as WarningMessage);
}

beforeEach(() => {
  items = new Items();
  chunked = new ChunkedValues(items, '');
  warnings = [];
  subscribe('memkit:core:warning', listen);
});

afterEach(() => {
  unsubscribe('memkit:core:warning', listen);
});

interface Write {
  readonly text?: string;
  readonly key?: string;
  readonly mode?: 'set' | 'add' | 'replace';
  readonly cas?: bigint;
}

function write({ text = TEXT, key = 'feed:42', mode = 'set', cas = 0n }: Write = {}): Promise<boolean> {
  const value = { data: text, dataBytes: text.length, flags: 5 };
  return chunked.store({ mode, key, value, exptime: 60, cas, chunkBytes: 10 }, deadline);
}

function read(key = 'feed:42'): Promise<WireItem | undefined> {
  return chunked.read(key, items.read(key), deadline);
}

/** Runs what was left in the background. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

const lost = new MemcacheError('CONNECTION_LOST', { action: 'Cannot store', server: 'cache-1:11211' });
const refused = new MemcacheError('SERVER_ERROR', { action: 'Cannot store', server: 'cache-1:11211' });

describe('a chunked value', () => {
  it('comes back whole, with its own flags and the CAS token of its manifest', async () => {
    expect(await write()).toBe(true);
    expect(items.pieces).toHaveLength(4);
    expect(isChunked(items.read('feed:42'))).toBe(true);
    expect(await read()).toEqual({ data: Buffer.from(TEXT), flags: 5, cas: 7n });
  });

  it.each([1, 9, 10, 11, 20, 21])('comes back whole when it has %d bytes and a piece has 10', async (bytes) => {
    const text = 'x'.repeat(bytes);
    await write({ text });
    expect((await read())?.data.toString()).toBe(text);
  });

  it('gives every item the same time to live', async () => {
    await write();
    expect([...items.stored.values()].map(({ exptime }) => exptime)).toEqual([60, 60, 60, 60, 60]);
  });

  it('shows in plain text what it is', async () => {
    await write();
    expect(items.read('feed:42').data.toString()).toMatch(/^memkit-chunks 1 [\w-]{22} 4 10 32 [0-9a-f]{8} 5 end$/);
  });

  it('keeps its pieces under the prefix of the client, and under legal keys whatever the prefix', async () => {
    for (const prefix of ['app:', 'p'.repeat(249), 'é'.repeat(124)]) {
      items = new Items();
      chunked = new ChunkedValues(items, prefix);
      await write();
      for (const key of items.pieces) expect(Buffer.byteLength(key)).toBeLessThanOrEqual(250);
      if (prefix === 'app:') expect(items.pieces.every((key) => key.startsWith('app:memkit:chunk:'))).toBe(true);
      expect((await read())?.data.toString()).toBe(TEXT);
    }
  });

  it('has an id of its own in every write, so that the pieces of two never mix', async () => {
    await write();
    const before = items.read('feed:42');
    await write({ text: TEXT.toUpperCase() });
    expect((await read())?.data.toString()).toBe(TEXT.toUpperCase());
    expect((await chunked.read('feed:42', before, deadline))?.data.toString()).toBe(TEXT);
  });

  it('is a miss when a piece is gone, which is published', async () => {
    await write();
    items.stored.delete(items.pieces[2] ?? '');
    expect(await read()).toBeUndefined();
    expect(warnings).toMatchObject([
      { event: 'chunks-missing', error: { code: 'MEMCACHE_VALUE_CORRUPT', key: 'feed:42' } },
    ]);
  });

  it.each([
    ['shorter', 'short'],
    ['longer', 'much longer than ten'],
    ['another of the same length', '0123456789'],
  ])('is a miss when a piece is %s', async (_, data) => {
    await write();
    items.stored.set(items.pieces[1] ?? '', { data, dataBytes: data.length, flags: 0, exptime: 0, cas: 0n });
    expect(await read()).toBeUndefined();
  });

  it('is an error, not a miss, when the server of a piece is down', async () => {
    await write();
    items.failing = { key: /:3$/, error: lost };
    await expect(read()).rejects.toBe(lost);
  });

  it.each([
    ['something was appended', (line: string) => `${line}0`],
    ['something was prepended', (line: string) => `0${line}`],
    ['its count is not that of its sizes', (line: string) => line.replace(' 4 10 ', ' 5 10 ')],
    ['its pieces have no size', (line: string) => line.replace(' 4 10 ', ' 4 0 ')],
    ['it asks for more than is ever stored', (line: string) => line.replace(' 4 10 32 ', ' 999999 999 998999001 ')],
  ])('is corrupt when %s', async (_, change) => {
    await write();
    const manifest = items.read('feed:42');
    const damaged = { ...manifest, data: Buffer.from(change(manifest.data.toString())) };
    await expect(chunked.read('feed:42', damaged, deadline)).rejects.toMatchObject({
      code: 'MEMCACHE_VALUE_CORRUPT',
      key: 'feed:42',
      message: expect.stringContaining('Do not append or prepend to values that are stored in several items'),
    });
    expect(items.asked).toEqual([]);
  });
});

describe('storing a chunked value', () => {
  it.each<[string, Write, boolean]>([
    ['add on an absent key', { mode: 'add' }, false],
    ['replace on a present key', { mode: 'replace' }, true],
    ['set with the right CAS token', { cas: 7n }, true],
  ])('%s stores it', async (_, options, isThere) => {
    if (isThere) await write({ text: 'before' });
    expect(await write(options)).toBe(true);
    expect((await read())?.data.toString()).toBe(TEXT);
  });

  it.each<[string, Write, boolean]>([
    ['add on a present key', { mode: 'add' }, true],
    ['replace on an absent key', { mode: 'replace' }, false],
    ['set with a CAS token that is spent', { cas: 8n }, true],
  ])('%s leaves everything as it was, and no pieces behind', async (_, options, isThere) => {
    if (isThere) await write({ text: 'before' });
    const before = [...items.stored.keys()];
    expect(await write(options)).toBe(false);
    await settled();
    expect([...items.stored.keys()]).toEqual(before);
    if (isThere) expect((await read())?.data.toString()).toBe('before');
  });

  it('writes no manifest when a piece was refused, and leaves no pieces behind', async () => {
    items.failing = { key: /:2$/, error: refused };
    await expect(write()).rejects.toBe(refused);
    items.failing = undefined;
    await settled();
    expect(items.stored.size).toBe(0);
  });

  it('deletes the pieces when the manifest was refused', async () => {
    items.failing = { key: /^feed/, error: refused };
    await expect(write()).rejects.toBe(refused);
    await settled();
    expect(items.stored.size).toBe(0);
  });

  it('keeps the pieces when the manifest may have been stored', async () => {
    items.failing = { key: /^feed/, error: lost };
    await expect(write()).rejects.toBe(lost);
    await settled();
    expect(items.pieces).toHaveLength(4);
  });

  it('refuses what is larger than is ever read', async () => {
    const data = Buffer.alloc(134_217_729);
    const value = { data, dataBytes: data.length, flags: 0 };
    await expect(
      chunked.store({ mode: 'set', key: 'feed:42', value, exptime: 0, cas: 0n, chunkBytes: 500_000 }, deadline),
    ).rejects.toMatchObject({
      code: 'MEMCACHE_ITEM_TOO_LARGE',
      message: expect.stringContaining('134,217,729 bytes and at most 134,217,728 are split'),
    });
  });
});

describe('many chunked values', () => {
  it('are read in one round trip for all of them', async () => {
    await write({ key: 'a' });
    await write({ key: 'b', text: 'another value, of two pieces' });
    await write({ key: 'gone' });
    items.stored.delete(items.pieces.at(-1) ?? '');
    const manifests = new Map(['a', 'b', 'gone'].map((key) => [key, items.read(key)]));
    const { items: read, failures } = await chunked.readMany(manifests, deadline);
    expect([...read].map(([key, { data }]) => [key, data.toString()])).toEqual([
      ['a', TEXT],
      ['b', 'another value, of two pieces'],
    ]);
    expect(failures.size).toBe(0);
    expect(items.asked).toHaveLength(1);
  });

  it('fail one by one', async () => {
    await write({ key: 'a' });
    await write({ key: 'b' });
    const [, , , lastOfA = ''] = items.pieces;
    items.failing = { key: new RegExp(`^${lastOfA}$`), error: lost };
    const manifests = new Map(['a', 'b'].map((key) => [key, items.read(key)]));
    const { items: read, failures } = await chunked.readMany(manifests, deadline);
    expect([...read.keys()]).toEqual(['b']);
    expect([...failures]).toEqual([['a', lost]]);
  });
});

describe('a chunked value that lives on', () => {
  it('has all of its pieces touched', async () => {
    await write();
    expect(await chunked.touch('feed:42', items.read('feed:42'), 90, deadline)).toBe(true);
    expect(items.pieces.map((key) => items.stored.get(key)?.exptime)).toEqual([90, 90, 90, 90]);
  });

  it('is gone for touch when a piece is', async () => {
    await write();
    items.stored.delete(items.pieces[0] ?? '');
    expect(await chunked.touch('feed:42', items.read('feed:42'), 90, deadline)).toBe(false);
  });
});

describe('deleting', () => {
  it('takes the pieces along', async () => {
    await write();
    expect(await chunked.delete('feed:42', deadline)).toBe(true);
    await settled();
    expect(items.stored.size).toBe(0);
  });

  it('publishes the pieces that it had to leave', async () => {
    await write();
    items.failing = { key: /:0$/, error: lost };
    expect(await chunked.delete('feed:42', deadline)).toBe(true);
    await settled();
    expect(items.pieces).toHaveLength(1);
    expect(warnings).toMatchObject([{ event: 'chunks-left', server: 'cache-1:11211', error: lost }]);
  });

  it('leaves a value that is one item to the server alone', async () => {
    items.stored.set('feed:42', { data: 'small', dataBytes: 5, flags: 0, exptime: 0, cas: 0n });
    expect(await chunked.delete('feed:42', deadline)).toBe(true);
    expect(await chunked.delete('feed:42', deadline)).toBe(false);
    await settled();
    expect(warnings).toEqual([]);
  });
});
