/** One process of a measurement. Gets what to do as its argument, says `ready`, is told `go`, and sends what it saw. */
import { setTimeout as delay } from 'node:timers/promises';
import { cacheAdapters } from './adapters.mjs';

const { adapter, work, setup } = JSON.parse(process.argv[2]);

const VALUE = { id: 42, name: 'Ada Lovelace', email: 'ada@example.com', roles: ['admin', 'editor'] };
const KEYS = 1000;
const CALLERS = 200;
/** Longer than it takes eight processes to ask. */
const LOAD_MS = 100;

const jobs = {
  /** What a hit costs, one after the other and 64 at a time. */
  async hit(cache, go) {
    const load = async () => VALUE;
    const keys = Array.from({ length: KEYS }, (_, at) => `user:${at}`);
    for (const key of keys) await cache.getOrLoad(key, load);
    await go();
    const one = await measure(setup.milliseconds, 1, (at) => cache.getOrLoad(keys[at % KEYS], load));
    const many = await measure(setup.milliseconds, 64, (at) => cache.getOrLoad(keys[at % KEYS], load));
    return { micros: one.micros, cpuMicros: many.cpuMicros };
  },

  /** How often the loader runs when many callers want a key that nobody has. */
  async stampede(cache, go) {
    let loads = 0;
    // The connection stands.
    await cache.getOrLoad(`warm-up:${process.pid}`, async () => VALUE);
    await go();
    const load = async () => {
      loads += 1;
      await delay(LOAD_MS);
      return VALUE;
    };
    const settled = await Promise.allSettled(Array.from({ length: CALLERS }, () => cache.getOrLoad('cold', load)));
    return { loads, failed: settled.filter(({ status }) => status === 'rejected').length };
  },

  /** Who still gets the last value when the loader fails, and with it the server, past the ttl. */
  async outage(cache, go) {
    const fail = async () => {
      throw new Error('database down');
    };
    await cache.getOrLoad('known', async () => VALUE);
    // A near copy is made by a hit.
    await cache.getOrLoad('known', fail);
    await delay(setup.ttlMs + 1200);
    await go();
    let failed = 0;
    let worstMs = 0;
    for (let call = 0; call < CALLERS; call += 1) {
      const started = performance.now();
      // What never answers has failed, too.
      const value = await Promise.race([cache.getOrLoad('known', fail).catch(() => undefined), delay(2000)]);
      if (value?.name !== VALUE.name) failed += 1;
      worstMs = Math.max(worstMs, performance.now() - started);
      await delay(2);
      if (failed >= MOST_FAILED) return { failed: CALLERS, worstMs };
    }
    return { failed, worstMs };
  },
};

/** Of calls in a row, after which the rest are taken to fail as well: each may take seconds. */
const MOST_FAILED = 3;

/** @returns the median time of one, which a busy machine changes least, and the CPU time of each */
async function measure(milliseconds, loops, ask) {
  for (let at = 0; at < 2000; at += 1) await ask(at);
  const times = [];
  const cpu = process.cpuUsage();
  const endAt = performance.now() + milliseconds;
  let done = 0;
  const loop = async () => {
    for (let last = performance.now(); last < endAt;) {
      await ask((done += 1));
      const now = performance.now();
      times.push(now - last);
      last = now;
    }
  };
  await Promise.all(Array.from({ length: loops }, loop));
  const { user, system } = process.cpuUsage(cpu);
  times.sort((a, b) => a - b);
  return { micros: times[times.length >> 1] * 1000, cpuMicros: (user + system) / done };
}

const cache = await cacheAdapters[adapter].open(setup);
const go = () =>
  new Promise((resolve) => {
    process.once('message', resolve);
    process.send('ready');
  });
process.send({ result: await jobs[work](cache, go) }, () => process.exit(0));
