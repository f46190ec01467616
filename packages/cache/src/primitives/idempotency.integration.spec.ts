import { randomBytes } from 'node:crypto';
import { describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { createCache } from '../engine/create-cache.js';
import { DrivenSurroundings } from '../spec-support/driven-surroundings.js';
import { Gate } from '../spec-support/gate.js';
import { heardOn } from '../spec-support/heard.js';
import type { ObservedClient } from '../spec-support/observed-client.js';
import { onRealMemcached, type RealPlace } from '../spec-support/real-place.js';
import { doOnce, withIdempotencyKey } from './idempotency.js';

describe('an idempotency key', () => {
  let memcache: Memcache;
  let client: ObservedClient;
  let place: RealPlace;

  onRealMemcached((fresh, behind) => {
    place = fresh;
    ({ client } = fresh);
    memcache = behind;
  });
  const recordName = (): string => `${place.namespace}:@once:k`;

  it('lets the work be done once and repeats its result', async () => {
    const charge = jest.fn(() => ({ payment: 7 }));
    expect(await withIdempotencyKey(place, 'k', charge)).toEqual({ value: { payment: 7 }, replayed: false });
    expect(await withIdempotencyKey(place, 'k', charge)).toEqual({ value: { payment: 7 }, replayed: true });
    expect(charge).toHaveBeenCalledTimes(1);
  });

  it.each([[undefined], [null], [0], ['text']])('repeats %p', async (value) => {
    const work = jest.fn(() => value);
    await withIdempotencyKey(place, 'k', work);
    expect(await withIdempotencyKey(place, 'k', work)).toEqual({ value, replayed: true });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('lets one of many callers at once do the work, and the others wait for its result', async () => {
    const work = jest.fn(async () => await memcache.increment('charged', 1, { initial: 1 }));
    const calls = Array.from({ length: 20 }, () => withIdempotencyKey(place, 'k', work, { wait: '20s' }));
    const results = await Promise.all(calls);
    expect(work).toHaveBeenCalledTimes(1);
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(new Set(results.map(({ value }) => value))).toEqual(new Set([1]));
  });

  it('refuses a second caller that may not wait', async () => {
    const done = new Gate();
    const first = withIdempotencyKey(place, 'k', () => done.passed);
    while ((await memcache.get(recordName())) === undefined) await memcache.get('nothing');
    await expect(withIdempotencyKey(place, 'k', () => 'mine')).rejects.toMatchObject({ code: 'MEMCACHE_LOCKED' });
    done.open();
    await first;
  });

  it('waits as long as it may', async () => {
    await memcache.set(recordName(), { holder: 'another' });
    const time = new DrivenSurroundings();
    await expect(doOnce(place, 'k', () => 'mine', { wait: '3s' }, time)).rejects.toMatchObject({
      code: 'MEMCACHE_LOCKED',
    });
    expect(time.slept.reduce((sum, ms) => sum + ms, 0)).toBe(3000);
  });

  it('stops waiting when it is told to', async () => {
    await memcache.set(recordName(), { holder: 'another' });
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(withIdempotencyKey(place, 'k', () => 'mine', { wait: '20s', signal })).rejects.toThrow('enough');
  });

  it('leaves the work to the next caller when it is told to stop in the last moment', async () => {
    const stop = new AbortController();
    client.after = (command) => {
      if (command === 'add') stop.abort(new Error('enough'));
    };
    const work = jest.fn(() => 'paid');
    await expect(withIdempotencyKey(place, 'k', work, { signal: stop.signal })).rejects.toThrow('enough');
    expect(work).not.toHaveBeenCalled();
    expect(await withIdempotencyKey(place, 'k', work)).toEqual({ value: 'paid', replayed: false });
  });

  it('keeps the result when memcached lost the record while the work ran', async () => {
    const work = jest.fn(async () => {
      await memcache.delete(recordName());
      return 'paid';
    });
    await withIdempotencyKey(place, 'k', work);
    expect(await withIdempotencyKey(place, 'k', work)).toEqual({ value: 'paid', replayed: true });
    expect(work).toHaveBeenCalledTimes(1);
  });

  it('publishes that the result is not kept because another caller has begun', async () => {
    const troubles = await heardOn('memkit:cache:trouble', () =>
      withIdempotencyKey(place, 'k', async () => {
        await memcache.set(recordName(), { holder: 'another' });
      }),
    );
    expect(troubles).toMatchObject([{ operation: 'store', key: 'k', error: { code: 'MEMCACHE_LOCKED' } }]);
    expect(await memcache.get(recordName())).toEqual({ holder: 'another' });
  });

  it('lets the next caller do the work that failed', async () => {
    const work = jest.fn<() => string>().mockImplementationOnce(() => {
      throw new Error('card declined');
    });
    work.mockReturnValue('paid');
    await expect(withIdempotencyKey(place, 'k', work)).rejects.toThrow('card declined');
    expect(await withIdempotencyKey(place, 'k', work)).toEqual({ value: 'paid', replayed: false });
  });

  it('keeps the result for its ttl and holds the key for its lease', async () => {
    const seen: unknown[] = [];
    client.before = (command, keys) => {
      if (command === 'set' || command === 'add') seen.push(command, ...keys);
    };
    await withIdempotencyKey(place, 'k', () => 1, { ttl: '1h', lease: '7s' });
    expect(client.ttls.get(recordName())).toEqual({ milliseconds: 3_601_000 });
    expect(seen).toEqual(['add', recordName(), 'set', recordName()]);
    await memcache.delete(recordName());
    await withIdempotencyKey(place, 'k', () => expect(client.ttls.get(recordName())).toEqual({ milliseconds: 8000 }), {
      lease: '7s',
    });
  });

  it('refuses the key for a request with another fingerprint, while it runs and afterwards', async () => {
    const options = { fingerprint: 'pay 10' };
    await withIdempotencyKey(
      place,
      'k',
      async () => {
        await expect(withIdempotencyKey(place, 'k', () => 1, { fingerprint: 'pay 20' })).rejects.toThrow(/fingerprint/);
      },
      options,
    );
    await expect(withIdempotencyKey(place, 'k', () => 1, { fingerprint: 'pay 20' })).rejects.toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      key: 'k',
    });
    expect(await withIdempotencyKey(place, 'k', () => 1, options)).toMatchObject({ replayed: true });
  });

  it.each([
    ['NOT_SERIALIZABLE', () => 10n],
    ['ITEM_TOO_LARGE', () => randomBytes(2_000_000).toString('base64')],
  ])('remembers that work was done whose result is %s', async (code, work) => {
    const troubles = await heardOn('memkit:cache:trouble', () => withIdempotencyKey<unknown>(place, 'k', work));
    expect(troubles).toMatchObject([{ operation: 'store', error: { code: `MEMCACHE_${code}` } }]);
    await expect(withIdempotencyKey<unknown>(place, 'k', work)).rejects.toMatchObject({
      code: `MEMCACHE_${code}`,
      message: expect.stringContaining('the work was done before'),
    });
  });

  it('returns the result when memcache fails behind the work, and publishes it', async () => {
    const troubles = await heardOn('memkit:cache:trouble', () =>
      withIdempotencyKey(place, 'k', () => {
        client.before = () => {
          throw new Error('unplugged');
        };
        return 'paid';
      }),
    );
    expect(troubles).toMatchObject([{ operation: 'store', key: 'k' }]);
  });

  it('does no work when memcache is down: nobody knows then whether it was done', async () => {
    client.before = () => {
      throw new Error('unplugged');
    };
    const work = jest.fn();
    await expect(withIdempotencyKey(place, 'k', work)).rejects.toThrow('unplugged');
    expect(work).not.toHaveBeenCalled();
  });

  it('tells work that lost its key', async () => {
    const { value } = await withIdempotencyKey(
      place,
      'k',
      async ({ signal }) => {
        await memcache.delete(recordName());
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return String(signal.reason);
      },
      { lease: '90ms' },
    );
    expect(value).toContain('"k"');
  });

  it.each([
    [{ ttl: 5 }, /ttl/],
    [{ lease: 'soon' }, /option "lease"/],
    [{ wait: 5 }, /option "wait"/],
    [{ finger: 'x' }, /finger/],
    [{ fingerprint: 10 }, /option "fingerprint": it is of type number/],
    [{ signal: 'soon' }, /option "signal"/],
  ])('refuses the options %j', async (options, message) => {
    await expect(withIdempotencyKey(place, 'k', () => 1, options as object)).rejects.toThrow(message);
    expect(client.commands).toEqual([]);
  });

  it.each([
    ['a cache', undefined, () => 1, /argument "cache" of withIdempotencyKey\(\): it is of type undefined/],
    ['work', { namespace: 'app', disabled: true, client: {} }, 'work', /argument "work" .* it is of type string/],
  ])('refuses what is not %s', async (_what, cache, work, message) => {
    await expect(
      withIdempotencyKey(cache as unknown as RealPlace, 'k', work as unknown as () => number),
    ).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION', message: expect.stringMatching(message) });
  });

  it('always lets the work be done in a disabled cache', async () => {
    const work = jest.fn(() => 1);
    const cache = createCache({ disabled: true });
    await withIdempotencyKey(cache, 'k', work);
    expect(await withIdempotencyKey(cache, 'k', work)).toEqual({ value: 1, replayed: false });
  });
});
