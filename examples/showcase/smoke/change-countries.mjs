import assert from 'node:assert/strict';
import { check } from './check.mjs';
import { Visitor } from './visitor.mjs';

const LIECHTENSTEIN = {
  name: 'Liechtenstein',
  officialName: 'Principality of Liechtenstein',
  capital: 'Vaduz',
  areaKm2: '160',
};

/** An edit and a delete show everywhere at once, and nothing else is lost. */
export async function changeCountries(url) {
  const visitor = new Visitor(url);
  const warm = async () => {
    for (const path of ['/', '/countries/LIE', '/countries/CHE', '/api/countries', '/api/countries/LIE']) {
      await visitor.get(path);
      await visitor.get(path);
    }
  };

  await check('edit: the list, the card, the page, the neighbour and the API show the new values at once', async () => {
    await warm();
    const changes = { ...LIECHTENSTEIN, name: 'Smallstein', capital: 'New Vaduz', areaKm2: '161' };
    const saved = await visitor.post('/countries/LIE/edit', changes, '/countries/LIE/edit');
    assert.deepEqual([saved.status, saved.location], [303, '/countries/LIE']);

    const list = await visitor.get('/');
    assert.match(list.text, /Smallstein/);
    assert.match(list.text, /New Vaduz/);
    assert.match(list.cacheStatus, /fwd=miss/);
    assert.match(list.strip, /249 hit, 1 miss/);
    const detail = await visitor.get('/countries/LIE');
    assert.match(detail.text, /<h1>Smallstein<\/h1>/);
    assert.match(detail.text, /161 km²/);
    assert.match((await visitor.get('/countries/CHE')).text, /Smallstein/);
    assert.equal(JSON.parse((await visitor.get('/api/countries/LIE')).text).name, 'Smallstein');
    assert.match((await visitor.get('/api/countries')).text, /Smallstein/);
  });

  await check('edit: the saved country itself is a hit, because @Update stored it', async () => {
    const { strip } = await visitor.get('/countries/LIE/edit');
    assert.match(strip, /hit country:LIE from memcache/);
  });

  await check('edit: a page of a country that has nothing to do with it keeps its expensive part', async () => {
    await visitor.get('/countries/NZL');
    await visitor.post('/countries/LIE/edit', LIECHTENSTEIN);
    const { strip } = await visitor.get('/countries/NZL');
    assert.match(strip, /hit nearest:NZL/);
    assert.match((await visitor.get('/')).text, />Liechtenstein</);
  });

  await check('edit: input that cannot be used gives a page with a sentence, and nothing is saved', async () => {
    const bad = await visitor.post('/countries/LIE/edit', { ...LIECHTENSTEIN, name: ' ', areaKm2: '<b>much</b>' });
    assert.equal(bad.status, 400);
    assert.match(bad.text, /A country needs a name/);
    assert.match(bad.text, /“&lt;b&gt;much&lt;\/b&gt;” is not a number/);
    assert.match((await visitor.get('/countries/LIE')).text, /<h1>Liechtenstein<\/h1>/);
    assert.equal((await visitor.post('/countries/LIE/edit', { ...LIECHTENSTEIN, areaKm2: '-1' })).status, 400);
    assert.equal((await visitor.post('/countries/XXX/edit', LIECHTENSTEIN)).status, 404);
  });

  await check('edit: markup is shown as text on every page, control characters are dropped', async () => {
    const markup = '<script>alert("LIE")</script>';
    const form = { ...LIECHTENSTEIN, name: `${markup}\0`, officialName: markup, capital: markup };
    assert.equal((await visitor.post('/countries/LIE/edit', form)).status, 303);
    for (const path of [
      '/',
      '/countries/LIE',
      '/countries/LIE/edit',
      '/countries/CHE',
      `/?q=${encodeURIComponent(form.name)}`,
    ]) {
      const { status, text } = await visitor.get(path);
      assert.equal(status, 200, path);
      assert.match(text, /&lt;script&gt;alert/, path);
      assert.doesNotMatch(text, /<script/, path);
    }
    for (const areaKm2 of [',', '0x10', '1e3', '']) {
      assert.equal((await visitor.post('/countries/LIE/edit', { ...LIECHTENSTEIN, areaKm2 })).status, 400, areaKm2);
    }
    await visitor.post('/countries/LIE/edit', LIECHTENSTEIN);
  });

  await check('delete: the country is gone from the list, its page, its neighbours and the API', async () => {
    await warm();
    const removed = await visitor.post('/countries/LIE/delete', {}, '/countries/LIE/edit');
    assert.deepEqual([removed.status, removed.location], [303, '/']);
    const list = await visitor.get('/');
    assert.doesNotMatch(list.text, /Liechtenstein/);
    assert.match(list.text, /249 countries/);
    assert.equal((await visitor.get('/countries/LIE')).status, 404);
    assert.doesNotMatch((await visitor.get('/countries/CHE')).text, /Liechtenstein/);
    assert.equal((await visitor.get('/api/countries/LIE')).status, 404);
    assert.equal((await visitor.post('/countries/LIE/delete')).status, 404);
  });

  await check('a form from another site is refused', async () => {
    const response = await fetch(`${url}/countries/AUT/delete`, {
      method: 'POST',
      headers: { origin: 'http://elsewhere.example' },
    });
    assert.equal(response.status, 403);
    assert.equal((await visitor.get('/countries/AUT')).status, 200);
  });
}
