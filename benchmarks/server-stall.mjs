/**
 * Whether a full memory lets the event loop stand still: the embedded server is filled beyond its limit, and then
 * overwritten at random while others read. What it says of its own event loop stands beside what a client meets that
 * only sends a ping every few milliseconds.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pinServers } from './pinning.mjs';
import { decimals, showTable, whole } from './report.mjs';

const directory = join(import.meta.dirname, 'stall');
const MEBIBYTE = 1024 * 1024;
/** Of an item: memcached's bookkeeping and the key. */
const OVERHEAD_BYTES = 59 + 'key:123456789'.length;
const TARGET_MS = 50;

const COLUMNS = [
  ['phase', ({ name }) => name],
  ['items', ({ items }) => whole(items)],
  ['sets/s', ({ setsPerSecond }) => whole(setsPerSecond)],
  ['worst stall ms', ({ worstMs }) => decimals(worstMs, 1)],
  ['without waiting for a core', ({ worstOwnMs }) => decimals(worstOwnMs, 1)],
  ['p99.9 ms', ({ p999Ms }) => decimals(p999Ms, 1)],
  ['worst ping ms', ({ worstPingMs }) => decimals(worstPingMs, 1)],
  ['p99.9 ping ms', ({ p999PingMs }) => decimals(p999PingMs, 1)],
  ['heap MB', ({ heapUsed }) => whole(heapUsed / MEBIBYTE)],
  ['RSS MB', ({ rss }) => whole(rss / MEBIBYTE)],
  ['target', ({ worstOwnMs }) => `≤ ${TARGET_MS} ms: ${worstOwnMs <= TARGET_MS ? 'pass' : 'MISS'}`],
];

/** @param {{ megabytes: number, valueBytes: number, isPinned: boolean }} options */
export async function measureStalls({ megabytes, valueBytes, isPinned }) {
  const pinning = isPinned ? pinServers() : undefined;
  const memory = megabytes * MEBIBYTE;
  const server = spawn(process.execPath, [...process.execArgv, join(directory, 'watched-server.mjs'), String(memory)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(server.stdout)[Symbol.asyncIterator]();
  const port = Number((await lines.next()).value);
  const capacity = Math.floor(memory / (valueBytes + OVERHEAD_BYTES));
  const load = { port, valueBytes, keys: Math.floor(capacity * 1.1) };
  const phases = [
    { name: 'fill, and a tenth more', ...load, sets: load.keys, isRandom: false, gets: false },
    { name: 'overwrite at random, and get', ...load, sets: capacity, isRandom: true, gets: true },
  ];
  const rows = [];
  for (const { name, ...phase } of phases) {
    server.stdin.write('new count\n');
    await lines.next();
    const met = await runLoad(phase, pinning);
    server.stdin.write('count\n');
    const seen = JSON.parse((await lines.next()).value);
    rows.push({ name, setsPerSecond: phase.sets / met.seconds, ...met, ...seen });
  }
  server.stdin.end();
  await once(server, 'exit');
  console.log(`${whole(megabytes)} MiB of values of ${whole(valueBytes)} bytes, Node ${process.version}.\n`);
  console.log(showTable(COLUMNS, rows));
}

async function runLoad(phase, pinning) {
  const node = [process.execPath, ...process.execArgv, join(directory, 'stall-load.mjs'), JSON.stringify(phase)];
  const [program, ...args] = pinning === undefined ? node : ['taskset', '-c', pinning.clients, ...node];
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout) output += chunk;
  return JSON.parse(output);
}
