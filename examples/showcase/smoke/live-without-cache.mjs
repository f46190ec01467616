import assert from 'node:assert/strict';
import { check } from './check.mjs';
import { until } from './until.mjs';
import { Visitor } from './visitor.mjs';

const PAGES = [
  '/',
  '/?q=land',
  '/countries/CHE',
  '/countries/CHE/edit',
  '/basket',
  '/api/countries',
  '/api/countries/CHE',
];
const WITHIN_MS = 1000;

/** Every page works and answers within a second; the strip says what is the matter. */
async function answersWithoutCache(url, visitor, sentence) {
  for (const path of PAGES) {
    const page = await visitor.get(path);
    assert.equal(page.status, 200, path);
    assert.ok(page.ms < WITHIN_MS, `${path} took ${page.ms.toFixed(0)} ms`);
    if (!path.startsWith('/api')) assert.match(page.strip, sentence, path);
  }
  const added = await visitor.post('/basket/add/CHE');
  assert.equal(added.status, 303);
  assert.ok(added.ms < WITHIN_MS, `adding to the basket took ${added.ms.toFixed(0)} ms`);
  const health = await visitor.get('/health');
  assert.equal(health.status, 503);
  assert.ok(health.ms < WITHIN_MS, `/health took ${health.ms.toFixed(0)} ms`);
}

/** The client connects again by itself; the second visit is a hit. */
async function hitsAgain(url) {
  const visitor = new Visitor(url);
  const visit = async () => {
    await Promise.all([visitor.get('/'), visitor.get('/countries/CHE')]);
    return { list: await visitor.get('/'), detail: await visitor.get('/countries/CHE') };
  };
  const isHit = ({ list, detail }) => /; hit/.test(list.cacheStatus) && detail.queries === 0;
  const last = await until(visit, isHit);
  assert.ok(isHit(last), `still no hit: ${last.list.cacheStatus}; ${last.detail.strip}`);
}

/** Somebody whose session has to be read on every page. */
async function visitorWithBasket(url) {
  const visitor = new Visitor(url);
  await visitor.post('/basket/add/SWE');
  return visitor;
}

/** The button. */
export async function stopAndStart(url) {
  const visitor = await visitorWithBasket(url);

  await check('stop: back on the page where the button was, and the strip says so', async () => {
    await visitor.get('/countries/CHE');
    const stopped = await visitor.post('/cache/stop', {}, '/countries/CHE');
    assert.deepEqual([stopped.status, stopped.location], [303, '/countries/CHE']);
    assert.equal(JSON.parse((await visitor.get('/cache')).text).state, 'stopped');
  });

  await check('stopped: every page answers within a second, from the database', async () => {
    await answersWithoutCache(url, visitor, /The cache is stopped\./);
  });

  await check('stopped: an edit is saved and shown', async () => {
    const form = { name: 'Elbonia', officialName: 'Elbonia', capital: '', areaKm2: '1' };
    assert.equal((await visitor.post('/countries/AND/edit', form)).status, 303);
    assert.match((await visitor.get('/countries/AND')).text, /<h1>Elbonia<\/h1>/);
  });

  await check('start: hits again, and what changed meanwhile is not forgotten', async () => {
    const started = await visitor.post('/cache/start', {}, '/');
    assert.deepEqual([started.status, started.location], [303, '/']);
    assert.match((await visitor.get('/countries/AND')).text, /<h1>Elbonia<\/h1>/);
    assert.match((await visitor.get('/')).text, /Elbonia/);
    await hitsAgain(url);
    assert.equal((await visitor.get('/health')).status, 200);
  });
}

/** The server goes away under the application's feet. */
export async function crashAndReturn(url, memcached) {
  await check('memcached killed: every page answers within a second, from the database', async () => {
    await hitsAgain(url);
    const visitor = await visitorWithBasket(url);
    await memcached.stop('SIGKILL');
    await answersWithoutCache(url, visitor, /The cache does not answer\./);
  });

  await check('memcached back: hits again without a restart of the application', async () => {
    await memcached.restart();
    await hitsAgain(url);
  });

  await check('memcached frozen: every page answers within a second', async () => {
    const visitor = await visitorWithBasket(url);
    memcached.pause();
    try {
      await answersWithoutCache(url, visitor, /The cache does not answer\./);
    } finally {
      memcached.resume();
    }
    await hitsAgain(url);
  });
}
