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

import { spawn } from 'node:child_process';
{
  const py = spawn('python3', ['-c', `
import socket,sys,time
s=socket.socket(); s.bind(('127.0.0.1',0)); s.listen(0)
print(s.getsockname()[1],flush=True)
cs=[]
for i in range(4):
  c=socket.socket(); c.setblocking(False)
  try: c.connect(s.getsockname())
  except BlockingIOError: pass
  cs.append(c)
time.sleep(60)`]);
  const port = Number(await new Promise((r) => py.stdout.once('data', (d) => r(String(d)))));
  await sleep(100);
  for (const protocol of ['meta', 'binary']) {
    const c = createMemcache({ servers: `127.0.0.1:${port}`, protocol, timeout: '300ms', environment: {} });
    for (let i = 0; i < 6; i++) await probe(`${protocol} hole ${i}`, () => c.get('k')); await allOps(`${protocol} hole`, c); const t = performance.now(); await c.close(); console.log('closed in', (performance.now() - t).toFixed(0));
    const two = createMemcache({ servers: `127.0.0.1:${port}`, protocol, timeout: '300ms', environment: {} });
    const p = two.get('k').catch((e) => console.log('close while connecting', e.code)); const t2 = performance.now(); await two.close(); await p; console.log('closed in', (performance.now() - t2).toFixed(0));
  }
  py.kill('SIGKILL');
}
// full server
{
  const s = await startMemcached({ args: ['-c', '20', '-o', 'maxconns_fast'] });
  const socks = Array.from({ length: 60 }, () => net.connect(s.port).on('error', () => {}));
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
