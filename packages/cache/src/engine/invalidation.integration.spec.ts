import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { Gate } from '../spec-support/gate.js';
import { heardOn } from '../spec-support/heard.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import type { CacheInvalidateMessage } from '../telemetry/channels.js';
import type { Loader, LoadOptions } from './cache-options.js';
import type { Cache } from './cache-surface.js';

describe('invalidation', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  it('invalidate removes entries and leaves the others', async () => {
    const { cache } = setStage(memcache);
    for (const key of ['a', 'b', 'c']) await cache.set(key, key);
    await cache.invalidate('a', 'b');
    expect([await cache.get('a'), await cache.get('b'), await cache.get('c')]).toEqual([undefined, undefined, 'c']);
  });

  it('invalidateTags reaches every entry with the tag, in a number of operations that does not grow with them', async () => {
    const { cache, client } = setStage(memcache);
    for (let id = 0; id < 20; id += 1) await cache.set(String(id), id, { tags: id % 2 ? ['odd'] : ['even', 'all'] });
    client.commands.length = 0;
    await cache.invalidateTags('even');
    expect(client.commands.map(([command]) => command)).toEqual(['set', 'set', 'set']);
    expect([await cache.get('2'), await cache.get('18'), await cache.get('3')]).toEqual([undefined, undefined, 3]);
  });

  it('does not store what a function tags with a text: by its letters nobody would find it', async () => {
    const { cache } = setStage(memcache);
    const options = { tags: () => 'odd' as never };
    await expect(cache.set('a', 1, options)).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
    const troubles = await heardOn('memkit:cache:trouble', async () => {
      expect(await cache.getOrLoad('a', () => 1, options)).toBe(1);
    });
    expect(troubles).toMatchObject([{ operation: 'store', error: { code: 'MEMCACHE_INVALID_OPTION' } }]);
    expect(await cache.get('a')).toBeUndefined();
  });

  it('clear reaches everything in the namespace with one operation, and nothing outside', async () => {
    const { cache, client } = setStage(memcache);
    const other = cache.with({ namespace: `${cache.namespace}-other` });
    await cache.set('a', 1, { tags: ['t'] });
    await other.set('a', 2);
    await memcache.set(`${cache.namespace}-foreign`, 3);
    client.commands.length = 0;
    await cache.clear();
    expect(client.commands).toEqual([['set', [`${cache.namespace}:@all`]]]);
    expect([await cache.get('a'), await other.get('a')]).toEqual([undefined, 2]);
    expect(await memcache.get(`${cache.namespace}-foreign`)).toBe(3);
  });

  it('reads static tags in the same round trip as the entry', async () => {
    const { cache, client } = setStage(memcache);
    const read = () => cache.read('k', () => 1, { tags: ['a', 'b'] });
    await read();
    client.commands.length = 0;
    expect((await read()).outcome).toBe('hit');
    expect(client.commands.map(([command]) => command)).toEqual(['getMany']);
  });

  it('checks tags that the reader does not name, too', async () => {
    const { cache } = setStage(memcache);
    await cache.set('k', 1, { tags: ['a'] });
    expect((await cache.read('k', () => 2)).value).toBe(1);
    await cache.invalidateTags('a');
    expect((await cache.read('k', () => 2)).value).toBe(2);
  });

  it.each([
    ['a tag', '@tag:t'],
    ['the namespace', '@all'],
  ])('an evicted token of %s invalidates, and its successor brings nothing back', async (_what, token) => {
    const { cache } = setStage(memcache);
    await cache.set('old', 1, { tags: ['t'] });
    expect(await cache.get('old')).toBe(1);
    await memcache.delete(`${cache.namespace}:${token}`);
    expect(await cache.get('old')).toBeUndefined();
    await cache.set('new', 2, { tags: ['t'] });
    expect([await cache.get('old'), await cache.get('new')]).toEqual([undefined, 2]);
  });

  it('publishes keys, tags and clears', async () => {
    const { cache } = setStage(memcache);
    const { namespace } = cache;
    const messages = await heardOn<CacheInvalidateMessage>('memkit:cache:invalidate', async () => {
      await cache.invalidate('a', 'b');
      await cache.invalidateTags('t');
      await cache.clear();
    });
    expect(messages).toEqual([
      { namespace, keys: ['a', 'b'], tags: [] },
      { namespace, keys: [], tags: ['t'] },
      { namespace, keys: [], tags: [] },
    ]);
  });

  type Interruption = readonly [string, (cache: Cache) => Promise<void>, LoadOptions<string>];

  // What may happen while a value is loaded, and the options of that load.
  const interruptions: readonly Interruption[] = [
    ['invalidate', (cache) => cache.invalidate('k'), {}],
    ['invalidateTags of a tag named in the options', (cache) => cache.invalidateTags('named'), { tags: ['named'] }],
    [
      'invalidateTags of a tag that depends on the value',
      (cache) => cache.invalidateTags('value:old'),
      { tags: (value) => [`value:${value}`] },
    ],
    ['invalidateTags of a tag the loader adds', (cache) => cache.invalidateTags('added'), {}],
    ['clear', (cache) => cache.clear(), {}],
  ];

  describe.each(interruptions)('%s during a load', (_name, interrupt, options) => {
    it('by another process: the old value is returned once and never served', async () => {
      const { cache, otherProcess } = setStage(memcache);
      const loader: Loader<string> = async ({ addTags }) => {
        addTags('added');
        await interrupt(otherProcess());
        return 'old';
      };
      expect(await cache.read('k', loader, options)).toMatchObject({ value: 'old', outcome: 'miss' });
      expect(await cache.get('k')).toBeUndefined();
    });

    it('by this process: a read that begins afterwards does not join the load', async () => {
      const { cache } = setStage(memcache);
      const loading = new Gate();
      const finish = new Gate();
      const before = cache.read(
        'k',
        async ({ addTags }) => {
          addTags('added');
          loading.open();
          await finish.passed;
          return 'old';
        },
        options,
      );
      await loading.passed;
      await interrupt(cache);
      const after = cache.read('k', () => 'new', options);
      finish.open();
      expect((await before).value).toBe('old');
      expect((await after).value).toBe('new');
      expect(await cache.read('k', () => 'not called')).toMatchObject({ value: 'new', outcome: 'hit' });
    });

    it.each([
      ['a read', async (cache: Cache, load: Loader<string>) => (await cache.read('k', load, options)).value],
      [
        'a multi-read',
        async (cache: Cache, load: Loader<string>) => {
          const loadMissing = async () => new Map([['k', await load({ addTags: () => undefined } as never)]]);
          return (await cache.getOrLoadMany(['k'], String, loadMissing, options))[0];
        },
      ],
    ])(
      'by another process: %s that begins afterwards in the process that loads gets the new value',
      async (_what, read) => {
        const { cache, otherProcess } = setStage(memcache);
        const loading = new Gate();
        const finish = new Gate();
        let source = 'old';
        const loader: Loader<string> = async ({ addTags }) => {
          const value = source;
          addTags('added');
          loading.open();
          await finish.passed;
          return value;
        };
        const before = cache.read('k', loader, options);
        await loading.passed;
        source = 'new';
        await interrupt(otherProcess());
        const after = Promise.all([read(cache, loader), read(cache, loader)]);
        finish.open();
        expect(await before).toMatchObject({ value: 'old', stored: false });
        expect(await after).toEqual(['new', 'new']);
      },
    );
  });

  it('by another process while a reply is on its way: who begins afterwards does not get what that one brings', async () => {
    const { cache, client, otherProcess } = setStage(memcache);
    await cache.set('k', 'old');
    const arrived = new Gate();
    const deliver = new Gate();
    client.after = async () => {
      client.after = () => undefined;
      arrived.open();
      await deliver.passed;
    };
    const before = cache.read('k', () => 'not called');
    const together = cache.read('k', () => 'not called');
    await arrived.passed;
    await otherProcess().invalidate('k');
    const after = cache.read('k', () => 'new');
    deliver.open();
    expect(await before).toMatchObject({ value: 'old', outcome: 'hit' });
    expect(await together).toMatchObject({ value: 'old', source: 'flight' });
    expect((await after).value).toBe('new');
  });

  it('by another process while what was loaded is being stored: who begins afterwards does not join the load', async () => {
    const { cache, client, otherProcess } = setStage(memcache);
    const tags = ['t'];
    let after: Promise<unknown> | undefined;
    client.before = async (command, [key]) => {
      if (command !== 'set' || key !== `${cache.namespace}:k` || after) return;
      await otherProcess().invalidateTags('t');
      after = cache.getOrLoad('k', () => 'new', { tags });
    };
    expect(await cache.getOrLoad('k', () => 'old', { tags })).toBe('old');
    expect(await after).toBe('new');
  });

  it('by another process while a stale entry is reloaded: who begins afterwards does not get the stale value', async () => {
    const { cache, time, otherProcess } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
    await cache.getOrLoad('k', () => 'older');
    time.advance(10_000);
    const loading = new Gate();
    const finish = new Gate();
    const loader = async (): Promise<string> => {
      loading.open();
      await finish.passed;
      return 'new';
    };
    const reload = cache.read('k', loader);
    await loading.passed;
    expect(await cache.read('k', loader)).toMatchObject({ value: 'older', outcome: 'stale' });
    await otherProcess().invalidate('k');
    const after = cache.read('k', loader);
    finish.open();
    expect((await after).value).toBe('new');
    await reload;
  });

  it('set during a load wins over what is loaded', async () => {
    const { cache, otherProcess } = setStage(memcache);
    const read = await cache.read('k', async () => {
      await otherProcess().set('k', 'set');
      return 'loaded';
    });
    expect(read).toMatchObject({ value: 'loaded', stored: false });
    expect(await cache.get('k')).toBe('set');
  });

  it('an invalidation between the last look at the lease and the store removes what was stored', async () => {
    const { cache, client, otherProcess } = setStage(memcache);
    let done = false;
    client.before = async (command, [key]) => {
      if (command !== 'set' || key !== `${cache.namespace}:k` || done) return;
      done = true;
      await otherProcess().invalidate('k');
    };
    expect(await cache.read('k', () => 'old')).toMatchObject({ value: 'old', stored: false });
    expect(done).toBe(true);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('a loader that lost its lease to another does not store over what that one stored', async () => {
    const { cache, otherProcess } = setStage(memcache);
    const read = await cache.read('k', async () => {
      await otherProcess().invalidate('k');
      await otherProcess().getOrLoad('k', () => 'new');
      return 'old';
    });
    expect(read).toMatchObject({ value: 'old', stored: false });
    expect(await cache.get('k')).toBe('new');
  });

  it('leaves no lease behind, whatever became of the load', async () => {
    const { cache } = setStage(memcache);
    const lease = () => memcache.get(`${cache.namespace}:@lease:k`);
    await cache.getOrLoad('k', () => undefined);
    expect(await lease()).toBeUndefined();
    await cache.getOrLoad<unknown>('k', () => 1n);
    expect(await lease()).toBeUndefined();
    await expect(cache.getOrLoad('k', () => Promise.reject(new RangeError()))).rejects.toThrow(RangeError);
    expect(await lease()).toBeUndefined();
    await cache.getOrLoad('k', () => 1);
    expect(await lease()).toBeUndefined();
  });
});
