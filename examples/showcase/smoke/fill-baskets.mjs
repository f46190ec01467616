import assert from 'node:assert/strict';
import { check } from './check.mjs';
import { Visitor } from './visitor.mjs';

/** Sessions: two people, two baskets, also on pages that come out of the page cache. */
export async function fillBaskets(url) {
  const [ada, grace] = [new Visitor(url), new Visitor(url)];

  await check('baskets: two visitors have their own', async () => {
    await ada.post('/basket/add/NOR');
    await ada.post('/basket/add/ISL');
    await grace.post('/basket/add/PER');
    const [hers, other] = [await ada.get('/basket'), await grace.get('/basket')];
    assert.match(hers.text, /Norway[\s\S]*Iceland/);
    assert.doesNotMatch(hers.text, /Peru/);
    assert.match(other.text, /Peru/);
    assert.doesNotMatch(other.text, /Norway/);
  });

  await check('baskets: the number in the header is right on a page hit, for each of them', async () => {
    await ada.get('/');
    const pages = [await ada.get('/'), await grace.get('/'), await new Visitor(url).get('/')];
    assert.deepEqual(
      pages.map(({ basketCount }) => basketCount),
      [2, 1, 0],
    );
    for (const page of pages) assert.match(page.cacheStatus, /; hit/);
    assert.match(pages[0].strip, /Session read from memcache/);
    assert.doesNotMatch(pages[2].strip, /Session/);
  });

  await check('baskets: removing works', async () => {
    await ada.post('/basket/remove/NOR');
    assert.doesNotMatch((await ada.get('/basket')).text, /Norway/);
    assert.equal((await ada.get('/')).basketCount, 1);
  });

  await check('baskets: who only looks around gets no cookie', async () => {
    const page = await new Visitor(url).get('/countries/NOR');
    assert.deepEqual(page.headers.getSetCookie(), []);
  });
}
