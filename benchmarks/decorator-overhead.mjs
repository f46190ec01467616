// What a hit through a decorator costs in CPU over the client's bare get of the same value: the limit is 25 µs.
// node benchmarks/decorator-overhead.mjs   (needs the packages built, or --import ./tools/swc-register.mjs --conditions=@memkit/source)
import { createCache, ReadThrough, ReadThroughMulti } from '@memkit/cache';
import { createMemcache } from '@memkit/core';
import { startMemcached } from '@memkit/testing';
import { pinClient, pinServers } from './pinning.mjs';

const ROUNDS = 21;
const CALLS = 4_000;
const LIMIT_MICROSECONDS = 25;

const user = { id: '42', name: 'Ada Lovelace', mail: 'ada@example.org', roles: ['reader', 'author'], visits: 12_345 };
const ids = Array.from({ length: 100 }, (_, at) => `many-${String(at)}`);

class Users {
  async findOne(id) {
    return await Promise.resolve({ ...user, id });
  }
  async findMany(wanted) {
    return await Promise.resolve(wanted.map((id) => ({ ...user, id })));
  }
}

/** As a compiler of legacy decorators does it. */
function decorate(name, decorator) {
  const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, name);
  Object.defineProperty(Users.prototype, name, decorator(Users.prototype, name, descriptor));
}

/** CPU microseconds of this process for one call, `concurrency` of them under way at a time. */
async function cpuOf(call, concurrency, calls) {
  const before = process.cpuUsage();
  for (let done = 0; done < calls; done += concurrency) {
    await (concurrency === 1 ? call() : Promise.all(Array.from({ length: concurrency }, call)));
  }
  const { user: inCode, system } = process.cpuUsage(before);
  return (inCode + system) / calls;
}

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

const pinning = pinServers();
const server = await startMemcached();
if (pinning !== undefined) pinClient(pinning);
const client = createMemcache({ servers: server.address, environment: {} });
const cache = createCache({ client, namespace: 'bench' });
decorate('findOne', ReadThrough({ namespace: 'user', ttl: '1h', cache, key: (id) => [id] }));
decorate('findMany', ReadThroughMulti({ namespace: 'user', ttl: '1h', cache, key: (id) => [id] }));
const users = new Users();
for (const id of ids) await client.set(`plain-${id}`, user);
const plainIds = ids.map((id) => `plain-${id}`);
for (const id of ids) await users.findOne(id);
await users.findMany(ids);

let turn = 0;
/** Another id with every call: calls for the same one at the same time would share one read. */
const nextId = () => ids[(turn += 1) % ids.length];
const plainGet = () => client.get(`plain-${nextId()}`);
const decoratedGet = () => users.findOne(nextId());

/** name, bare, decorated, concurrency, calls a round, what one call stands for */
const cells = [
  ['one at a time', plainGet, decoratedGet, 1, CALLS, 1],
  ['32 at a time', plainGet, decoratedGet, 32, CALLS, 1],
  ['100 ids at once', () => client.getMany(plainIds), () => users.findMany(ids), 1, CALLS / 100, 100],
];
const measured = cells.map(() => ({ bare: [], decorated: [], over: [] }));
for (let round = 0; round < ROUNDS + 2; round += 1) {
  for (const [at, [, bare, decorated, concurrency, calls, share]] of cells.entries()) {
    // Interleaved, and in turns first, so that a busy machine weighs on both.
    const inOrder = round % 2 === 0 ? [bare, decorated] : [decorated, bare];
    const costs = [];
    for (const call of inOrder) costs.push((await cpuOf(call, concurrency, calls)) / share);
    const [costOfBare, costOfDecorated] = round % 2 === 0 ? costs : costs.toReversed();
    // The first rounds warm up.
    if (round < 2) continue;
    measured[at].bare.push(costOfBare);
    measured[at].decorated.push(costOfDecorated);
    measured[at].over.push(costOfDecorated - costOfBare);
  }
}

let worst = 0;
process.stdout.write('| hits | bare get, µs CPU | decorator, µs CPU | over it, µs |\n| --- | --- | --- | --- |\n');
for (const [at, [name]] of cells.entries()) {
  const { bare, decorated, over } = measured[at];
  const numbers = [median(bare), median(decorated), median(over)].map((number) => number.toFixed(1));
  process.stdout.write(`| ${name} | ${numbers.join(' | ')} |\n`);
  worst = Math.max(worst, median(over));
}
await client.close();
await server.stop();
if (worst > LIMIT_MICROSECONDS) {
  process.stdout.write(`over the limit of ${String(LIMIT_MICROSECONDS)} µs\n`);
  process.exitCode = 1;
}
