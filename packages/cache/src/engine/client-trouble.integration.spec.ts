/** What a client may throw other than "everything is down". */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MemcacheError, PartialFailureError, type Memcache } from '@memkit/core';
import { heardOn } from '../spec-support/heard.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import type { CacheTroubleMessage } from '../telemetry/channels.js';

describe('a read when the client', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  /** Fails the first multi-get, with what other keys answered. */
  async function readWith(failure: (entryKey: string, values: Map<string, unknown>) => unknown) {
    const stage = setStage(memcache);
    const { cache, client } = stage;
    await cache.set('k', 'cached');
    client.before = async (command, keys) => {
      if (command !== 'getMany') return;
      client.before = () => undefined;
      throw failure(`${cache.namespace}:k`, await memcache.getMany(keys));
    };
    let outcome: unknown;
    const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
      outcome = await cache.read('k', () => 'loaded');
    });
    return { ...stage, outcome, troubles };
  }

  const partial = (key: string, values: Map<string, unknown>, error: MemcacheError): PartialFailureError => {
    values.delete(key);
    return new PartialFailureError({ action: 'Cannot get all keys' }, values, new Map([[key, error]]));
  };
  const corrupt = (key: string) => new MemcacheError('VALUE_CORRUPT', { action: 'Cannot read', key });

  it('cannot decode the entry: a miss that is published, and stored anew', async () => {
    const { outcome, troubles, cache } = await readWith((key, values) => {
      return partial(key, values, corrupt(key));
    });
    // The second look, under the lease, finds what this spec left there.
    expect(outcome).toMatchObject({ value: 'cached', outcome: 'hit' });
    expect(troubles).toMatchObject([{ operation: 'read', error: { code: 'MEMCACHE_VALUE_CORRUPT' } }]);
    expect(await cache.get('k')).toBe('cached');
  });

  it('can decode nothing of what it read: a miss, too', async () => {
    const { outcome, troubles } = await readWith((key) => corrupt(key));
    expect(outcome).toMatchObject({ outcome: 'hit' });
    expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_VALUE_CORRUPT' } }]);
  });

  it('did not reach the server of one of the keys: the loader runs, and nothing is believed or stored', async () => {
    const { outcome, troubles } = await readWith((key, values) =>
      partial(key, values, new MemcacheError('CONNECT_FAILED', { action: 'Cannot get', key })),
    );
    expect(outcome).toMatchObject({ value: 'loaded', outcome: 'bypass', stored: false });
    expect(troubles).toMatchObject([{ key: 'k', error: { code: 'MEMCACHE_PARTIAL_FAILURE' } }]);
  });

  it('throws something that is no MemcacheError: published as one, with its cause', async () => {
    const cause = new RangeError('a client of your own');
    const { outcome, troubles } = await readWith(() => cause);
    expect(outcome).toMatchObject({ value: 'loaded', outcome: 'bypass' });
    expect(troubles[0]?.error).toMatchObject({ code: 'MEMCACHE_SERVER_ERROR', cause });
    expect(troubles[0]?.error.message).toContain('a client of your own');
  });

  it('says that no server is configured: the read rejects, whatever the policy', async () => {
    const failing = readWith(() => new MemcacheError('NOT_CONFIGURED', { action: 'Cannot connect' }));
    await expect(failing).rejects.toMatchObject({ code: 'MEMCACHE_NOT_CONFIGURED' });
  });

  it('takes the lease but cannot look again: the lease is given back, so that nobody waits for it', async () => {
    const { cache, client } = setStage(memcache);
    client.before = (command) => {
      if (command === 'getMany' && client.roundTrips === 3) {
        throw new MemcacheError('CONNECTION_LOST', { action: 'Cannot get' });
      }
    };
    expect(await cache.read('k', () => 1)).toMatchObject({ value: 1, outcome: 'bypass' });
    while (client.count('delete') === 0) await nextTurn();
    expect(await memcache.get(`${cache.namespace}:@lease:k`)).toBeUndefined();
  });
});

describe('an invalidation when one of several servers', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  const unreachable = () => new MemcacheError('CONNECT_FAILED', { action: 'Cannot write' });

  it('holds the lease and is down: the entry is removed all the same, and those of other keys', async () => {
    const { cache, client } = setStage(memcache);
    for (const key of ['a', 'b']) await cache.set(key, 1);
    client.before = (_command, [key]) => {
      if (key === `${cache.namespace}:@lease:a`) throw unreachable();
    };
    const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', () => cache.invalidate('a', 'b'));
    expect(troubles).toMatchObject([{ operation: 'invalidate', error: { code: 'MEMCACHE_CONNECT_FAILED' } }]);
    expect([await cache.get('a'), await cache.get('b')]).toEqual([undefined, undefined]);
  });

  it('holds the token that loads watch and is down: the tag is renewed all the same', async () => {
    const { cache, client } = setStage(memcache);
    await cache.set('k', 1, { tags: ['t'] });
    client.before = (command, [key]) => {
      if (command === 'set' && key === `${cache.namespace}:@tags`) throw unreachable();
    };
    const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', () => cache.invalidateTags('t'));
    expect(troubles).toMatchObject([{ operation: 'invalidate' }]);
    expect(await cache.get('k')).toBeUndefined();
  });
});
