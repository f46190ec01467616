/**
 * The smoke test: starts the built showcase as you would, on every kind of cache, and walks through it.
 *
 *   npm run smoke            in the root, after a build
 *
 * Needs memcached and saslpasswd2 on this machine; npm test installs them where it may.
 */
import assert from 'node:assert/strict';
import { startMemcached } from '@memkit/testing';
import { changeCountries } from './smoke/change-countries.mjs';
import { check, finish, startPart } from './smoke/check.mjs';
import { fillBaskets } from './smoke/fill-baskets.mjs';
import { crashAndReturn, stopAndStart } from './smoke/live-without-cache.mjs';
import { startShowcase } from './smoke/showcase-process.mjs';
import {
  endsCleanly,
  failuresAtStart,
  leaveTraces,
  restartedApplication,
  startsWithoutMemcached,
} from './smoke/start-and-end.mjs';
import { walkRoutes } from './smoke/walk-routes.mjs';

async function everyPart(showcase) {
  await walkRoutes(showcase.url);
  await fillBaskets(showcase.url);
  await changeCountries(showcase.url);
  await stopAndStart(showcase.url);
}

async function onEmbeddedServer() {
  startPart('On the embedded server');
  const showcase = await startShowcase();
  await check('it says where it listens, and why it uses the embedded server', () => {
    assert.match(showcase.output(), /Cache\s+An embedded server.*MEMCACHE_SERVERS/);
  });
  await everyPart(showcase);
  await endsCleanly(showcase, 'SIGINT');
}

async function onMemcached() {
  startPart('On a memcached');
  const memcached = await startMemcached();
  const showcase = await startShowcase({ MEMCACHE_SERVERS: memcached.address });
  await check('it says which memcached it uses, and who said so', () => {
    assert.match(showcase.output(), new RegExp(`Cache\\s+.*${memcached.address} .*MEMCACHE_SERVERS`));
  });
  await everyPart(showcase);
  await crashAndReturn(showcase.url, memcached);
  await leaveTraces(showcase.url);
  await endsCleanly(showcase, 'SIGTERM');
  await restartedApplication(memcached.address);
  await memcached.stop();
}

async function onMemcachedWithSasl() {
  startPart('On a memcached with SASL');
  const sasl = { username: 'atlas', password: 'geheim/secret' };
  const memcached = await startMemcached({ sasl });
  const showcase = await startShowcase({
    MEMCACHIER_SERVERS: memcached.address,
    MEMCACHIER_USERNAME: sasl.username,
    MEMCACHIER_PASSWORD: sasl.password,
  });
  await check('it says that it logs in, and prints no password', () => {
    assert.match(showcase.output(), /\(from MEMCACHIER_SERVERS\) with credentials/);
    assert.doesNotMatch(showcase.output(), /geheim/);
  });
  await everyPart(showcase);
  await crashAndReturn(showcase.url, memcached);
  await endsCleanly(showcase, 'SIGTERM');
  await memcached.stop();
}

startPart('At the start');
await failuresAtStart();
await startsWithoutMemcached();
for (const part of [onEmbeddedServer, onMemcached, onMemcachedWithSasl]) {
  await check(`${part.name} ran to its end`, part);
}
process.exit(finish() ? 0 : 1);
