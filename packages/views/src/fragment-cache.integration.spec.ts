import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache, type Cache } from '@memkit/cache';
import { createCacheIn } from '@memkit/cache/internal';
import { createMemcache, isMemcacheError, type CacheClient, type Memcache, type MemcacheError } from '@memkit/core';
import { createFragments, type FragmentMessage, type FragmentsMessage, type FragmentsOptions } from './index.js';

interface Country {
  readonly code: string;
  readonly name: string;
}
const france: Country = { code: 'FR', name: 'France' };
const germany: Country = { code: 'DE', name: 'Germany' };
const spain: Country = { code: 'ES', name: 'Spain' };

let client: Memcache;
let cache: Cache;

beforeAll(() => {
  client = createMemcache({ environment: {} });
});
afterAll(() => client.close());
beforeEach(() => {
  cache = createCache({ client, namespace: randomUUID() });
});

/** Fragments and a renderer that remembers what it rendered. */
function fragmentsOf(options: Partial<FragmentsOptions> = {}) {
  const rendered: string[] = [];
  const row = (country: Country): string => {
    rendered.push(country.code);
    return `<tr>${country.name} ${randomUUID()}</tr>`;
  };
  return { fragments: createFragments({ cache, ...options }), rendered, row };
}

async function failureOf(promise: Promise<unknown>): Promise<MemcacheError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isMemcacheError(error)) throw new TypeError('it did not fail with a MemcacheError', { cause: error });
  return error;
}

describe('render', () => {
  it('renders a fragment once for each name, key and version', async () => {
    const { fragments, rendered, row } = fragmentsOf();
    const renders = [
      ['row', { key: france.code }],
      ['row', { key: [france.code, 'de'] }],
      ['row', { key: { code: france.code } }],
      ['row', {}],
      ['row', { key: france.code, version: 2 }],
      ['row', { key: france.code, version: '2:' }],
      ['row@2', { key: france.code }],
      ['row:"FR"', {}],
      ['card', { key: france.code }],
    ] as const;
    const first = await Promise.all(
      renders.map(([name, options]) => fragments.render(name, options, () => row(france))),
    );
    const second = await Promise.all(
      renders.map(([name, options]) => fragments.render(name, options, () => row(france))),
    );
    expect(new Set(first).size).toBe(renders.length);
    expect(second).toEqual(first);
    expect(rendered).toHaveLength(renders.length);
  });

  it('waits for a renderer that takes its time, and rejects with what it threw', async () => {
    const { fragments } = fragmentsOf();
    await expect(fragments.render('slow', {}, () => Promise.resolve('<p>'))).resolves.toBe('<p>');
    const boom = new TypeError('boom');
    await expect(fragments.render('broken', {}, () => Promise.reject(boom))).rejects.toBe(boom);
  });

  it('forgets a fragment by key, by name, by tag and by version', async () => {
    const { fragments, rendered, row } = fragmentsOf();
    const show = async (): Promise<void> => {
      rendered.length = 0;
      await fragments.render('row', { key: 'FR', tags: ['country:FR'] }, () => row(france));
      await fragments.render('row', { key: 'DE', version: 2 }, () => row(germany));
      await fragments.render('card', { key: 'ES' }, () => row(spain));
    };
    await show();
    await show();
    expect(rendered).toEqual([]);
    await fragments.invalidate('row', 'FR');
    await show();
    expect(rendered).toEqual(['FR']);
    await fragments.invalidate('row', 'DE');
    await fragments.invalidate('row', 'DE', 2);
    await show();
    expect(rendered).toEqual(['DE']);
    await cache.invalidateTags('country:FR');
    await show();
    expect(rendered).toEqual(['FR']);
    await fragments.invalidate('row');
    await show();
    expect(rendered).toEqual(['FR', 'DE']);
  });

  it('shows a fragment for its ttl, then within staleFor when the renderer fails', async () => {
    let now = Date.now();
    const timer = () => () => undefined;
    const pass = () => Promise.resolve();
    const clock = { now: () => now, sleep: pass, pause: pass, timer, random: () => 0 };
    cache = createCacheIn(clock, { client, namespace: randomUUID() });
    const fragments = createFragments({ cache, ttl: '1m', staleFor: '1m' });
    let runs = 0;
    const show = (ttl?: '10m'): Promise<string> =>
      fragments.render('now', { key: ttl, ...(ttl && { ttl }) }, () => {
        runs += 1;
        if (runs > 2) throw new TypeError('boom');
        return `run ${String(runs)}`;
      });
    expect([await show(), await show('10m')]).toEqual(['run 1', 'run 2']);
    now += 61_000;
    expect([await show(), await show('10m'), runs]).toEqual(['run 1', 'run 2', 3]);
    now += 60_000;
    await expect(show()).rejects.toThrow('boom');
    expect(await show('10m')).toBe('run 2');
  });

  it('refuses a renderer that returns no string, and names the fragment', async () => {
    const { fragments } = fragmentsOf();
    const error = await failureOf(fragments.render('row', { key: 'FR' }, () => undefined as never));
    expect(error.code).toBe('MEMCACHE_NOT_SERIALIZABLE');
    expect(error.message).toBe(
      'Cannot render the fragment "row" key "fragment:row:\\"FR\\"": its renderer returned a value of type undefined. Return the HTML as a string.',
    );
  });
});

describe('renderMany', () => {
  it('asks once for all, renders the missing ones only and keeps the order', async () => {
    let multiGets = 0;
    const counting: CacheClient = Object.assign(Object.create(client) as CacheClient, {
      ...boundMethods(client),
      getMany: (keys: readonly string[]) => {
        multiGets += 1;
        return client.getMany(keys);
      },
      get: () => {
        throw new TypeError('a single get');
      },
    });
    const { fragments, rendered, row } = fragmentsOf();
    const [fr, de] = await fragments.renderMany('row', [france, germany], { key: ({ code }) => code }, row);
    rendered.length = 0;
    const again = createFragments({ cache: createCache({ client: counting, namespace: cache.namespace }) });
    expect(await again.renderMany('row', [germany, france], { key: ({ code }) => code }, row)).toEqual([de, fr]);
    expect([rendered, multiGets]).toEqual([[], 1]);
    const three = await fragments.renderMany('row', [france, spain, germany, spain], { key: ({ code }) => code }, row);
    expect([three[0], three[2]]).toEqual([fr, de]);
    expect(three[1]).toBe(three[3]);
    expect(rendered).toEqual(['ES']);
  });

  it('shares its fragments with render', async () => {
    const { fragments, rendered, row } = fragmentsOf();
    const [many] = await fragments.renderMany('row', [france], { key: ({ code }) => code, version: 3 }, row);
    expect(await fragments.render('row', { key: 'FR', version: 3 }, () => row(france))).toBe(many);
    expect(rendered).toEqual(['FR']);
  });

  it('gives each fragment its own tags, and all of them their name', async () => {
    const { fragments, rendered, row } = fragmentsOf();
    const options = { key: ({ code }: Country) => code, tags: ({ code }: Country) => [`country:${code}`] };
    const show = (): Promise<string[]> => fragments.renderMany('row', [france, germany, spain], options, row);
    await show();
    rendered.length = 0;
    await cache.invalidateTags('country:DE');
    await show();
    expect(rendered).toEqual(['DE']);
    await fragments.invalidate('row');
    await show();
    expect(rendered).toEqual(['DE', 'FR', 'DE', 'ES']);
  });

  it('renders nothing for no items', async () => {
    const { fragments, row } = fragmentsOf();
    expect(await fragments.renderMany('row', [], { key: () => 1 }, row)).toEqual([]);
  });
});

describe('without the cache', () => {
  it('fragments are rendered plainly', async () => {
    const gone = createMemcache({ environment: {} });
    cache = createCache({ client: gone, whenUnavailable: 'throw' });
    const { fragments, rendered, row } = fragmentsOf();
    await gone.close();
    expect(await fragments.render('row', { key: 'FR' }, () => row(france))).toContain('France');
    const rows = await fragments.renderMany('row', [france, germany], { key: ({ code }) => code }, row);
    expect(rows.map((html) => html.slice(0, 7))).toEqual(['<tr>Fra', '<tr>Ger']);
    expect(rendered).toEqual(['FR', 'FR', 'DE']);
  });
});

describe('what is told', () => {
  it('is one message per fragment and a summary for many', async () => {
    const each: FragmentMessage[] = [];
    const sums: FragmentsMessage[] = [];
    const onEach = (message: unknown): void => void each.push(message as FragmentMessage);
    const onSum = (message: unknown): void => void sums.push(message as FragmentsMessage);
    subscribe('memkit:views:fragment', onEach);
    subscribe('memkit:views:fragments', onSum);
    const { fragments, row } = fragmentsOf();
    await fragments.render('row', { key: 'FR' }, () => row(france));
    await fragments.renderMany('row', [france, germany], { key: ({ code }) => code }, row);
    unsubscribe('memkit:views:fragment', onEach);
    unsubscribe('memkit:views:fragments', onSum);
    expect(each.map(({ name, key, outcome }) => [name, key, outcome])).toEqual([
      ['row', 'fragment:row:"FR"', 'miss'],
      ['row', 'fragment:row:"FR"', 'hit'],
      ['row', 'fragment:row:"DE"', 'miss'],
    ]);
    expect(sums.map(({ name, count, outcomes }) => ({ name, count, outcomes }))).toEqual([
      { name: 'row', count: 2, outcomes: { hit: 1, miss: 1, stale: 0, bypass: 0 } },
    ]);
  });
});

describe('options that cannot be used', () => {
  it.each([
    ['a misspelled one', { cach: 1 }, /"cach" of createFragments\(\).*"cache"/],
    ['no cache', { cache: undefined }, /"cache".*missing.*createCache\(\)/],
    ['a bare number as ttl', { ttl: 60 }, /'60s'.*'60ms'/],
    ['a bare number as staleFor', { staleFor: 60 }, /'60s'.*'60ms'/],
  ])('%s is refused at once', (_title, options, message) => {
    expect(() => createFragments({ cache, ...options } as never)).toThrow(message);
  });

  it('misspelled ones of render and renderMany are refused, with the nearest known one', async () => {
    const { fragments, row } = fragmentsOf();
    const render = await failureOf(fragments.render('row', { tag: ['a'] } as never, () => ''));
    const many = await failureOf(fragments.renderMany('row', [france], { kay: () => 1 } as never, row));
    expect(render.message).toMatch(/"tag" of render\(\).*"tags"/);
    expect(many.message).toMatch(/"kay" of renderMany\(\).*"key"/);
  });
});

function boundMethods(target: CacheClient): object {
  const names = ['gets', 'set', 'add', 'replace', 'delete', 'touch', 'increment', 'decrement'] as const;
  return Object.fromEntries(names.map((name) => [name, (target[name] as () => unknown).bind(target)]));
}
