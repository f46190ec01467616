import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { freePort } from '@memkit/testing';
import { check } from './check.mjs';
import { Visitor } from './visitor.mjs';
import { failToStart, startShowcase } from './showcase-process.mjs';

/** What a person sees at the start, and how it ends. */
export async function failuresAtStart() {
  await check('a port that is in use: one sentence, exit code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address();
    const { code, output } = await failToStart({ PORT: String(port) });
    other.close();
    assert.equal(code, 1);
    assert.match(output, new RegExp(`Port ${port} is in use by another program`));
    assert.doesNotMatch(output, /\n\s+at /, 'no stack');
  });

  const wrong = [
    [{ PORT: 'abc' }, /PORT is "abc" and must be a whole number/],
    [{ PORT: '0', HOST: 'no-such-host.invalid' }, /HOST is "no-such-host.invalid" and is no address of this machine/],
    [{ PORT: '0', HOST: '203.0.113.7' }, /HOST is "203.0.113.7" and is no address of this machine/],
    [{ PORT: '0', MEMCACHE_SERVERS: 'cache-1:port' }, /server number 1 of MEMCACHE_SERVERS: the port is not a whole/],
  ];
  for (const [variables, sentence] of wrong) {
    const written = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
    await check(`${written.join(' ')}: one sentence, exit code 1`, async () => {
      const { code, output } = await failToStart(variables);
      assert.equal(code, 1);
      assert.match(output, sentence);
      assert.doesNotMatch(output, /\n\s+at |ERROR/, 'no stack, and no second message');
    });
  }

  await check('a blank HOST is not set: the showcase listens on this machine only', async () => {
    const showcase = await startShowcase({ PORT: '0', HOST: ' ' });
    await showcase.stop();
    assert.match(showcase.url, /^http:\/\/127\.0\.0\.1:/);
  });

  await check('production without a configured cache: the error names the variables, exit code 1', async () => {
    const { code, output } = await failToStart({ PORT: '0', NODE_ENV: 'production' });
    assert.equal(code, 1);
    assert.match(output, /MEMCACHE_SERVERS/);
    assert.doesNotMatch(output, /\n\s+at /, 'no stack');
  });
}

export async function endsCleanly(showcase, signal) {
  await check(`${signal}: ends by itself within two seconds`, async () => {
    const { code, signal: by, ms } = await showcase.stop(signal);
    assert.ok(code === 0 || by === signal, `code ${code}, signal ${by}\n${showcase.output()}`);
    assert.ok(ms < 2000, `took ${ms.toFixed(0)} ms`);
  });
}

/** A memcached that is not there is no reason not to start. */
export async function startsWithoutMemcached() {
  await check('a configured memcached that is down: the showcase starts, and its pages say so', async () => {
    const showcase = await startShowcase({ MEMCACHE_SERVERS: `127.0.0.1:${await freePort()}` });
    const page = await new Visitor(showcase.url).get('/');
    await showcase.stop();
    assert.equal(page.status, 200);
    assert.match(page.strip, /The cache does not answer\./);
  });
}

/** Fills memcached with a change that only this application's database knows. */
export async function leaveTraces(url) {
  const visitor = new Visitor(url);
  const form = { name: 'Ruritania', officialName: 'Ruritania', capital: '', areaKm2: '1' };
  await visitor.post('/countries/AND/edit', form);
  for (const path of ['/', '/countries/AND', '/api/countries/AND']) await visitor.get(path);
}

/** The database begins anew, memcached does not. */
export async function restartedApplication(address) {
  await check('restarted on the same memcached: what the last database held is not shown', async () => {
    const again = await startShowcase({ MEMCACHE_SERVERS: address });
    const visitor = new Visitor(again.url);
    const pages = [];
    for (const path of ['/', '/countries/AND', '/api/countries/AND']) pages.push(await visitor.get(path));
    await again.stop();
    for (const { text } of pages) {
      assert.match(text, /Andorra/);
      assert.doesNotMatch(text, /Ruritania/);
    }
  });
}
