import net from 'node:net';
import { inspect } from 'node:util';
import { createMemcache } from '@memkit/core';
import { startMemcached, freePort } from '@memkit/testing';
process.on('unhandledRejection', (e) => console.log('!!! unhandledRejection', e));
process.on('uncaughtException', (e) => console.log('!!! uncaught', e));
const T = 300;
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
async function probe(label, p, limit = T) {
  const at = performance.now();
  let out;
  try {
    const v = await p();
    out = v instanceof Map ? `Map(${v.size})` : inspect(v);
  } catch (e) {
    out = `${e.code}: ${e.message}`;
    if (/hunter2/.test(inspect(e, { depth: 9 }))) console.log('!!! leak');
    if (!String(e.code).startsWith('MEMCACHE_')) console.log('!!! not ours', e);
  }
  const ms = performance.now() - at;
  console.log(`${ms > limit + 50 ? '!!! LATE ' : ''}${label} ${ms.toFixed(0)}ms -> ${out.slice(0, 330)}`);
}
const all = (c) => [
  ['get', () => c.get('k')],
  ['set', () => c.set('k', 'v')],
  ['add', () => c.add('k', 1)],
  ['replace', () => c.replace('k', 1)],
  ['delete', () => c.delete('k')],
  ['touch', () => c.touch('k', '1m')],
  ['incr', () => c.increment('n', 1, { initial: 1 })],
  ['gets', () => c.gets('k')],
  ['getMany', () => c.getMany(['a', 'b', 'c'])],
  ['stats', () => c.stats()],
  ['version', () => c.version()],
  ['flush', () => c.flush()],
];
async function allOps(label, c) {
  const results = new Map();
  await Promise.all(
    all(c).map(async ([n, f]) => {
      const at = performance.now();
      let out;
      try {
        await f();
        out = 'ok';
      } catch (e) {
        out = String(e.code);
        if (!out.startsWith('MEMCACHE_')) console.log('!!!', e);
      }
      const ms = performance.now() - at;
      const k = `${out}${ms > T + 50 ? ' !!!LATE ' + ms.toFixed(0) : ''}`;
      results.set(k, [...(results.get(k) ?? []), n]);
    }),
  );
  console.log(label, 'ALL', [...results].map(([k, v]) => `${k}=${v.length > 10 ? 'all' : v.join(',')}`).join(' | '));
}
const scripted = (onConn) =>
  new Promise((res) => {
    const socks = new Set();
    const s = net.createServer((c) => {
      socks.add(c);
      c.on('error', () => {});
      c.on('close', () => socks.delete(c));
      onConn(c);
    });
    s.listen(0, '127.0.0.1', () =>
      res({
        port: s.address().port,
        close: () => {
          for (const c of socks) c.destroy();
          return new Promise((r) => s.close(r));
        },
      }),
    );
  });
const bin = (c, d) => {
  const b = Buffer.alloc(24 + 8);
  b[0] = 0x81;
  b[1] = d[1];
  b.writeUInt32BE(8, 8);
  return b;
};
const scenarios = {
  silence: () => {},
  finBeforeReply: (c) => c.once('data', () => c.end()),
  finAtOnce: (c) => c.end(),
  finInside: (c, p) => c.once('data', (d) => c.end(p === 'meta' ? 'VA 100 f0\r\nabc' : bin(c, d).subarray(0, 28))),
  rst: (c) => c.once('data', () => c.resetAndDestroy()),
  rstAtOnce: (c) => c.resetAndDestroy(),
  drip: (c, p) =>
    c.once('data', (d) => {
      const reply =
        p === 'meta'
          ? Buffer.from('VA 100 f0\r\n' + 'x'.repeat(100) + '\r\n')
          : Buffer.concat([bin(c, d), Buffer.alloc(100)]);
      let i = 0;
      const t = setInterval(() => {
        if (i >= reply.length) i = 0;
        c.write(reply.subarray(i, ++i));
      }, 100);
      c.on('close', () => clearInterval(t));
    }),
  halfHeader: (c, p) => c.once('data', (d) => c.write(p === 'meta' ? 'VA 1' : bin(c, d).subarray(0, 10))),
  garbage: (c) => c.on('data', () => c.write(Buffer.from('\x00\x01garbage here, not a reply at all\r\n'))),
  http: (c) => c.on('data', () => c.write('HTTP/1.1 400 Bad Request\r\n\r\n')),
  unasked: (c, p) => {
    c.write(p === 'meta' ? 'HD\r\n' : bin(c, Buffer.from([0, 0])));
  },
  unaskedAfter: (c, p) =>
    c.on('data', (d) =>
      c.write(p === 'meta' ? 'EN\r\nEN\r\nEN\r\n' : Buffer.concat([bin(c, d), bin(c, d), bin(c, d)])),
    ),
  closeAtAccept1000: (c) => setTimeout(() => c.destroy(), 20),
  errFull: (c) => {
    c.end('ERROR Too many open connections\r\n');
  },
  neverEndingLine: (c) =>
    c.once('data', () => {
      const t = setInterval(() => c.write('x'.repeat(4000)), 5);
      c.on('close', () => clearInterval(t));
    }),
};
for (const protocol of ['meta', 'binary']) {
  const make = (servers, extra = {}) =>
    createMemcache({ servers, protocol, timeout: `${T}ms`, environment: {}, ...extra });
  const refused = make(`127.0.0.1:${await freePort()}`);
  await probe(`${protocol} refused get`, () => refused.get('k'));
  await allOps(`${protocol} refused`, refused);
  const hole = make('10.255.255.1:11211');
  await probe(`${protocol} blackhole get`, () => hole.get('k'));
  await allOps(`${protocol} blackhole`, hole);
  for (let i = 0; i < 4; i++) await probe(`${protocol} blackhole get ${i}`, () => hole.get('k'));
  const dns = make('no-such-host.invalid:11211');
  await probe(`${protocol} dns get`, () => dns.get('k'));
  await allOps(`${protocol} dns`, dns);
  for (const [name, f] of Object.entries(scenarios)) {
    const s = await scripted((c) => f(c, protocol));
    const c = make(`127.0.0.1:${s.port}`);
    await probe(`${protocol} ${name} get`, () => c.get('k'));
    await probe(`${protocol} ${name} get2`, () => c.get('k'));
    await allOps(`${protocol} ${name}`, c);
    await s.close();
    const real = await startMemcached({ port: s.port });
    const at = performance.now();
    let tries = 0;
    for (;;) {
      tries++;
      try {
        await c.set('k', 'v');
        break;
      } catch (e) {
        if (performance.now() - at > 5000) {
          console.log('!!! no recovery', e.message);
          break;
        }
        await sleep(20);
      }
    }
    console.log(`   ${name} recovered after ${(performance.now() - at).toFixed(0)}ms, ${tries} tries`);
    await allOps(`   ${name} after`, c);
    await real.stop();
    const t0 = performance.now();
    await c.close();
    if (performance.now() - t0 > 100) console.log('!!! slow close', performance.now() - t0);
  }
  for (const c of [refused, hole, dns]) await c.close();
}
// SIGSTOP
for (const protocol of ['meta', 'binary']) {
  const s = await startMemcached();
  const c = createMemcache({ servers: s.address, protocol, timeout: `${T}ms`, environment: {} });
  await c.set('k', 'v');
  await s.pause();
  const until = performance.now() + 5000;
  const codes = {};
  let worst = 0;
  while (performance.now() < until) {
    await Promise.all(
      Array.from({ length: 20 }, async () => {
        const at = performance.now();
        try {
          await c.get('k');
          codes.ok = (codes.ok ?? 0) + 1;
        } catch (e) {
          codes[e.code] = (codes[e.code] ?? 0) + 1;
        }
        worst = Math.max(worst, performance.now() - at);
      }),
    );
    await sleep(10);
  }
  await s.resume();
  const at = performance.now();
  for (;;) {
    try {
      await c.get('k');
      break;
    } catch {
      await sleep(5);
    }
    if (performance.now() - at > 5000) {
      console.log('!!! no recovery');
      break;
    }
  }
  console.log(
    `${protocol} SIGSTOP codes`,
    codes,
    'worst',
    worst.toFixed(0),
    'recovered',
    (performance.now() - at).toFixed(0),
  );
  // kill -9 under load
  let stop = false,
    ok = 0;
  const bad = {};
  worst = 0;
  let wrong = 0;
  for (let i = 0; i < 500; i++) await c.set(`key${i}`, `value${i}`);
  const load = Array.from({ length: 500 }, async (_, i) => {
    while (!stop) {
      const at = performance.now();
      try {
        const v = await c.get(`key${i}`);
        ok++;
        if (v !== undefined && v !== `value${i}`) wrong++;
      } catch (e) {
        bad[e.code] = (bad[e.code] ?? 0) + 1;
        await sleep(10);
      }
      worst = Math.max(worst, performance.now() - at);
    }
  });
  await sleep(300);
  await s.stop('SIGKILL');
  await sleep(500);
  const before = ok;
  const s2 = await startMemcached({ port: s.port });
  const t = performance.now();
  while (ok === before && performance.now() - t < 5000) await sleep(1);
  console.log(`${protocol} kill-9 back after`, (performance.now() - t).toFixed(0));
  await sleep(300);
  console.log('  ok', ok, 'bad', bad, 'wrong', wrong, 'worst', worst.toFixed(0));
  const t1 = performance.now();
  const closing = c.close();
  stop = true;
  await closing;
  await Promise.all(load);
  console.log('  close during load', (performance.now() - t1).toFixed(0), bad);
  await s2.stop();
}
// wrong password
{
  const s = await startMemcached({ sasl: { username: 'user', password: 'right' } });
  const c = createMemcache({
    servers: s.address,
    auth: { username: 'user', password: 'hunter2' },
    timeout: `${T}ms`,
    environment: {},
  });
  await probe('wrong password', () => c.get('k'));
  await probe('wrong password 2', () => c.get('k'));
  await allOps('wrong password', c);
  for (const x of [
    inspect(c, { depth: 10, showHidden: true }),
    inspect(c.explain(), { depth: 10, showHidden: true }),
    String(c.explain()),
    JSON.stringify(c),
    JSON.stringify(c.explain()),
  ])
    if (/hunter2/.test(x)) console.log('!!! leak', x);
  console.log(inspect(c));
  const m = createMemcache({ servers: s.address, timeout: `${T}ms`, environment: {}, protocol: 'meta' });
  await probe('meta to sasl', () => m.get('k'));
  await m.close();
  const u = createMemcache({ servers: `memcached://user:hunter2@${s.address}`, timeout: `${T}ms`, environment: {} });
  await probe('url pw', () => u.get('k'));
  if (/hunter2/.test(inspect(u, { depth: 9, showHidden: true }))) console.log('!!! leak');
  await u.close();
  await c.close();
  await s.stop();
}
// full server
{
  const s = await startMemcached({ args: ['-c', '4', '-o', 'maxconns_fast'] });
  const socks = Array.from({ length: 10 }, () => net.connect(s.port).on('error', () => {}));
  await sleep(200);
  const c = createMemcache({ servers: s.address, timeout: `${T}ms`, environment: {} });
  await probe('full get', () => c.get('k'));
  await allOps('full', c);
  for (const x of socks) x.destroy();
  await sleep(200);
  await probe('full after', () => c.get('k'));
  await c.close();
  await s.stop();
}
// three servers
for (const failover of ['none', 'next']) {
  const ss = await Promise.all([1, 2, 3].map(() => startMemcached()));
  const c = createMemcache({ servers: ss.map((s) => s.address), failover, timeout: `${T}ms`, environment: {} });
  const keys = Array.from({ length: 60 }, (_, i) => `k${i}`);
  for (const k of keys) await c.set(k, 1);
  await probe(`3 servers ${failover}`, () => c.getMany(keys));
  await ss[1].stop('SIGKILL');
  for (let i = 0; i < 4; i++) await probe(`3 servers ${failover} one dead ${i}`, () => c.getMany(keys));
  try {
    await c.getMany(keys);
  } catch (e) {
    console.log('  partial', e.values?.size, e.failures?.size);
  }
  await ss[1].restart();
  await sleep(1500);
  for (let i = 0; i < 3; i++) {
    await probe(`3 servers ${failover} back ${i}`, () => c.getMany(keys));
    await sleep(300);
  }
  await ss[2].pause();
  for (let i = 0; i < 5; i++) await probe(`3 servers ${failover} one paused ${i}`, () => c.getMany(keys));
  await ss[2].resume();
  await c.close();
  for (const s of ss) await s.stop();
}
console.log('done');
