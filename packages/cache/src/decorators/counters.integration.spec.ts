import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { createCache } from '../engine/create-cache.js';
import type { Cache } from '../engine/cache-surface.js';
import { setDefaultCache } from '../operations/default-cache.js';
import { heardOn } from '../spec-support/heard.js';
import { onDefaultStage } from '../spec-support/default-stage.js';
import type { Stage } from '../spec-support/stage.js';
import type { CacheTroubleMessage } from '../telemetry/channels.js';
import { DecrementCounter, IncrementCounter } from './change-counter.js';
import { Content } from './content-parameter.js';
import { Delta } from './delta-parameter.js';
import { Key } from './key-parameter.js';
import { ReadCounter } from './read-counter.js';
import { UpdateCounter } from './update-counter.js';

describe('the counters', () => {
  let memcache: Memcache;
  let stage: Stage;
  let cache: Cache;
  let ran: string[];

  onDefaultStage((fresh) => {
    stage = fresh;
    ({ cache, memcache } = fresh);
    ran = [];
  });

  const troublesOf = (work: () => Promise<unknown>) => heardOn<CacheTroubleMessage>('memkit:cache:trouble', work);
  /** What another client finds. */
  const stored = (key: string) => memcache.gets(`${cache.namespace}:views:${key}`);
  const failAll = () => {
    stage.client.before = () => {
      throw new Error('memcached fails');
    };
  };

  class Articles {
    count: unknown = 40;
    @ReadCounter({ namespace: 'views' })
    async views(@Key() id: string): Promise<number | bigint | undefined> {
      ran.push(`views ${id}`);
      return this.count as number;
    }
    @IncrementCounter({ namespace: 'views' })
    async view(@Key() id: string): Promise<string> {
      if (id === 'fails') throw new RangeError('not seen');
      return `seen ${id}`;
    }
    @IncrementCounter({ namespace: 'views' })
    async viewMany(@Key() _id: string, @Delta() times: number): Promise<number> {
      return times;
    }
    @IncrementCounter({ namespace: 'views', delta: 10, initial: 100, ttl: '1h' })
    async viewTen(@Key() id: string): Promise<void> {
      ran.push(`ten ${id}`);
    }
    @IncrementCounter({ namespace: 'views', delta: (_id: string, times: number) => times, initial: 'none' })
    async viewKnown(@Key() _id: string, times: number): Promise<number> {
      return times;
    }
    @IncrementCounter({
      namespace: 'views',
      keyFromResult: ({ result }: { result: string }) => result,
      unless: ({ result }) => result === 'nobody',
      condition: (name: string) => name !== 'ignored',
    })
    async viewOf(name: string): Promise<string> {
      return name;
    }
    @DecrementCounter({ namespace: 'views', delta: 30 })
    async forget(@Key() id: string): Promise<void> {
      ran.push(`forget ${id}`);
    }
    @UpdateCounter({ namespace: 'views' })
    async recount(@Key() _id: string, count: unknown): Promise<number> {
      return count as number;
    }
    @UpdateCounter({ namespace: 'views', ttl: '1h' })
    async setCount(@Key() _id: string, @Content() count: number | bigint): Promise<string> {
      return `set to ${String(count)}`;
    }
  }
  let articles: Articles;
  beforeEach(() => {
    articles = new Articles();
  });

  describe('ReadCounter', () => {
    it('runs the method when there is none, and starts the counter with its result', async () => {
      expect([await articles.views('1'), await articles.views('1')]).toEqual([40, 40]);
      expect(ran).toEqual(['views 1']);
    });

    it('stores a plain decimal number without flags, for good', async () => {
      await articles.views('1');
      expect(await stored('1')).toMatchObject({ value: '40', flags: 0 });
      expect(stage.client.ttls.get(`${cache.namespace}:views:1`)).toBe('forever');
    });

    it('reads what any client stored, padded or not, and numbers beyond the safe ones as bigint', async () => {
      for (const [text, count] of [
        ['7', 7],
        ['12   ', 12],
        ['18446744073709551615', 18446744073709551615n],
      ] as const) {
        await memcache.set(`${cache.namespace}:views:1`, text);
        expect(await articles.views('1')).toBe(count);
      }
      await memcache.set(`${cache.namespace}:views:1`, 9);
      expect(await articles.views('1')).toBe(9);
      expect(ran).toEqual([]);
    });

    it('does not overwrite what others counted while the method ran', async () => {
      class Slow {
        @ReadCounter({ namespace: 'views' })
        async views(@Key() id: string): Promise<number> {
          await articles.view(id);
          return 0;
        }
      }
      expect(await new Slow().views('1')).toBe(0);
      expect(await articles.views('1')).toBe(1);
    });

    it.each([
      ['undefined', undefined],
      ['null', null],
    ])('starts none with %s', async (_what, nothing) => {
      articles.count = nothing;
      const troubles = await troublesOf(async () => expect(await articles.views('1')).toBe(nothing));
      expect([await stored('1'), troubles]).toEqual([undefined, []]);
    });

    it.each([
      ['a fraction', 1.5],
      ['less than nothing', -1],
      ['a text', '7'],
      ['more than 64 bits', 2n ** 64n],
    ])('returns %s, starts none and publishes it', async (_what, odd) => {
      articles.count = odd;
      const troubles = await troublesOf(async () => expect(await articles.views('1')).toBe(odd));
      expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_NOT_A_NUMBER' } }]);
      expect(await stored('1')).toBeUndefined();
    });

    it('runs the method once, and publishes, when something else is stored or memcached fails', async () => {
      await memcache.set(`${cache.namespace}:views:1`, 'text');
      const troubles = await troublesOf(async () => {
        expect(await articles.views('1')).toBe(40);
        failAll();
        expect(await articles.views('2')).toBe(40);
      });
      expect(ran).toEqual(['views 1', 'views 2']);
      expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_NOT_A_NUMBER' } }, { operation: 'read' }]);
    });

    it('ttl, unless, condition and key', async () => {
      class Visits {
        @ReadCounter({
          namespace: 'views',
          ttl: '1h',
          key: (id: string) => `of-${id}`,
          unless: ({ result }) => result === 0,
          condition: (id: string) => id !== 'guest',
        })
        async count(id: string, count: number): Promise<number> {
          ran.push(id);
          return count;
        }
      }
      const visits = new Visits();
      expect([await visits.count('1', 0), await visits.count('1', 5), await visits.count('1', 9)]).toEqual([0, 5, 5]);
      await visits.count('guest', 1);
      expect(stage.client.ttls.get(`${cache.namespace}:views:of-1`)).toBe('1h');
      expect(await stored('of-guest')).toBeUndefined();
    });
  });

  describe('IncrementCounter', () => {
    it('counts by 1 after success, from 1 when there was none, and not after a failure', async () => {
      expect(await articles.view('1')).toBe('seen 1');
      await articles.view('1');
      expect(await stored('1')).toMatchObject({ value: '2', flags: 0 });
      await expect(articles.view('fails')).rejects.toThrow('not seen');
      expect(await stored('fails')).toBeUndefined();
    });

    it('counts by the marked parameter', async () => {
      await articles.viewMany('1', 5);
      await articles.viewMany('1', 0);
      await articles.viewMany('1', 6);
      expect(await articles.views('1')).toBe(11);
    });

    it('delta, initial and ttl', async () => {
      await articles.viewTen('1');
      expect(await articles.views('1')).toBe(100);
      expect(stage.client.ttls.get(`${cache.namespace}:views:1`)).toBe('1h');
      await articles.viewTen('1');
      expect(await articles.views('1')).toBe(110);
    });

    it("delta as a function, and initial 'none': a missing counter stays missing", async () => {
      await articles.viewKnown('1', 5);
      expect(await stored('1')).toBeUndefined();
      await articles.views('1');
      await articles.viewKnown('1', 5);
      expect(await articles.views('1')).toBe(45);
    });

    it('keyFromResult, unless and condition', async () => {
      for (const name of ['ada', 'nobody', 'ignored', 'ada']) await articles.viewOf(name);
      expect([(await stored('ada'))?.value, await stored('nobody'), await stored('ignored')]).toEqual([
        '2',
        undefined,
        undefined,
      ]);
    });

    it('counts nothing, and publishes, when the parameter is no whole number', async () => {
      for (const odd of [-1, 0.5, NaN, '3', undefined]) {
        const troubles = await troublesOf(async () => expect(await articles.viewMany('1', odd as number)).toBe(odd));
        expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_NOT_A_NUMBER' } }]);
      }
      expect(await stored('1')).toBeUndefined();
    });

    it('loses no count when many processes start it at once', async () => {
      const others = [createCache({ client: memcache, namespace: cache.namespace }), cache];
      await Promise.all(
        Array.from({ length: 40 }, async (_, at) => {
          class Counting {
            @IncrementCounter({ namespace: 'views', cache: others[at % 2]! })
            async view(@Key() id: string): Promise<string> {
              return id;
            }
          }
          await new Counting().view('1');
        }),
      );
      expect(await articles.views('1')).toBe(40);
    });
  });

  describe('DecrementCounter', () => {
    it('stops at 0, and leaves a missing counter missing', async () => {
      await articles.forget('1');
      expect(await stored('1')).toBeUndefined();
      await articles.views('1');
      await articles.forget('1');
      expect(await articles.views('1')).toBe(10);
      await articles.forget('1');
      expect(await articles.views('1')).toBe(0);
    });
  });

  describe('UpdateCounter', () => {
    it('stores the result, or the marked parameter, as a plain number', async () => {
      expect(await articles.recount('1', 7)).toBe(7);
      expect(await stored('1')).toMatchObject({ value: '7', flags: 0 });
      expect(await articles.setCount('1', 2n ** 60n)).toBe(`set to ${String(2n ** 60n)}`);
      expect(stage.client.ttls.get(`${cache.namespace}:views:1`)).toBe('1h');
      expect(await articles.views('1')).toBe(2n ** 60n);
    });

    it('removes the counter when there is no number, and publishes what is none', async () => {
      for (const [odd, troubled] of [
        [undefined, 0],
        [null, 0],
        ['text', 1],
        [-1, 1],
      ] as const) {
        await articles.recount('1', 7);
        const troubles = await troublesOf(() => articles.recount('1', odd));
        expect([await stored('1'), troubles.length]).toEqual([undefined, troubled]);
      }
    });
  });

  it('run every method once, and publish, when memcached fails', async () => {
    failAll();
    const troubles = await troublesOf(async () => {
      expect([
        await articles.view('1'),
        await articles.viewMany('1', 2),
        await articles.recount('1', 3),
        await articles.setCount('1', 4),
      ]).toEqual(['seen 1', 2, 3, 'set to 4']);
    });
    expect(troubles).toHaveLength(4);
  });

  it("reject with whenUnavailable: 'throw'", async () => {
    class Strict {
      @ReadCounter({ namespace: 'views', whenUnavailable: 'throw' })
      async views(@Key() id: string): Promise<number> {
        return id.length;
      }
      @IncrementCounter({ namespace: 'views', whenUnavailable: 'throw' })
      async view(@Key() id: string): Promise<string> {
        return id;
      }
      @UpdateCounter({ namespace: 'views', whenUnavailable: 'throw' })
      async recount(@Key() id: string): Promise<number> {
        return id.length;
      }
    }
    failAll();
    const strict = new Strict();
    for (const call of [strict.views('1'), strict.view('1'), strict.recount('1')]) {
      await expect(call).rejects.toThrow('memcached fails');
    }
  });

  it('do nothing in a cache that is disabled, with whatever client', async () => {
    setDefaultCache(createCache({ client: stage.client, namespace: cache.namespace, disabled: true }));
    await articles.view('1');
    await articles.recount('1', 5);
    expect([await articles.views('1'), await articles.views('1')]).toEqual([40, 40]);
    expect([ran.length, stage.client.commands]).toEqual([2, []]);
  });
});
