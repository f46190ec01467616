import assert from 'node:assert/strict';
import { check } from './check.mjs';
import { until } from './until.mjs';
import { Visitor } from './visitor.mjs';

const PAGES = ['/', '/?region=Europe&sort=area', '/?q=Schweiz', '/countries/CHE', '/countries/CHE/edit', '/basket'];

/** Every route twice: what the first visit had to load, the second finds. */
export async function walkRoutes(url) {
  const visitor = new Visitor(url);

  for (const path of PAGES) {
    await check(`${path}: the first visit works, the second needs no query`, async () => {
      const first = await visitor.get(path);
      const second = await visitor.get(path);
      assert.deepEqual([first.status, second.status], [200, 200]);
      assert.equal(second.queries, 0, second.strip);
      assert.ok(['hit', 'none'].includes(second.outcome), second.strip);
      assert.equal(withoutStrip(first.text), withoutStrip(second.text), 'the two pages differ');
    });
  }

  await check('/: the page cache says miss and then hit, and so does the strip', async () => {
    const path = '/?language=fra';
    const first = await visitor.get(path);
    const second = await visitor.get(path);
    assert.match(first.cacheStatus, /fwd=miss; stored/);
    assert.match(second.cacheStatus, /^memkit; hit/);
    assert.match(first.strip, /^miss /);
    assert.match(second.strip, /^hit The whole page came from memcache/);
  });

  await check('/: cards that another list has shown are fragments that hit', async () => {
    const { strip } = await visitor.get('/?region=Oceania');
    assert.match(strip, /27 fragments country-card 27 hit/);
  });

  await check('/countries/:code: read-through misses run the query, hits come from memcache', async () => {
    const first = await visitor.get('/countries/PRT');
    const second = await visitor.get('/countries/PRT');
    assert.match(first.strip, /miss nearest:PRT/);
    assert.ok(first.queries >= 2, first.strip);
    assert.match(second.strip, /hit nearest:PRT from memcache/);
  });

  for (const path of ['/api/countries?region=Asia', '/api/countries/JPN']) {
    await check(`${path}: Nest's interceptor says MISS and then HIT, with the same answer`, async () => {
      const first = await visitor.get(path);
      // The interceptor answers before it stores.
      const second = await until(
        () => visitor.get(path),
        ({ xCache }) => xCache === 'HIT',
      );
      assert.deepEqual([first.status, first.xCache, second.xCache], [200, 'MISS', 'HIT']);
      assert.deepEqual(JSON.parse(second.text), JSON.parse(first.text));
      assert.equal(second.queries, 0);
    });
  }

  await check('/health: memcache is up', async () => {
    const { status, text } = await visitor.get('/health');
    assert.deepEqual([status, JSON.parse(text).details.memcache.status], [200, 'up']);
  });

  await check('pages have their right length, and no copy of them is kept by the browser', async () => {
    const page = await visitor.get('/');
    assert.equal(Number(page.headers.get('content-length')), Buffer.byteLength(page.text));
    assert.equal(page.headers.get('cache-control'), 'no-store');
    assert.equal(page.headers.get('etag'), null);
  });

  await check('flags and styles are there, and browsers may keep them', async () => {
    for (const path of ['/flags/che.svg', '/styles.css']) {
      const { status, headers } = await visitor.get(path);
      assert.equal(status, 200, path);
      assert.match(headers.get('cache-control') ?? '', /max-age=\d{4,}/);
    }
  });

  await check('what does not exist is a 404 page with a strip', async () => {
    for (const path of ['/countries/XXX', '/countries/nowhere', '/nothing', '/flags/xxx.svg']) {
      const { status, text, strip } = await visitor.get(path);
      assert.equal(status, 404, path);
      assert.match(text, /Not on the map/);
      assert.notEqual(strip, '', path);
    }
    assert.equal((await visitor.get('/api/countries/XXX')).status, 404);
  });
}

function withoutStrip(html) {
  return html.replace(/<aside class="strip[\s\S]*<\/aside>/, '');
}
