// Sets on one connection, gets on another, 64 in flight on each, and somebody else who only asks whether the server is
// there: node stall-load.mjs '<JSON>'. Prints what that one met.
import { once } from 'node:events';
import { connect } from 'node:net';
import { createRandom } from '../workload-data.mjs';

const IN_FLIGHT = 64;
const PING_EVERY_MS = 5;
const END = Buffer.from('MN\r\n');

/** @type {{ port: number, sets: number, keys: number, valueBytes: number, isRandom: boolean, gets: boolean }} */
const { port, sets, keys, valueBytes, isRandom, gets } = JSON.parse(process.argv[2]);
const random = createRandom();
let left = sets;
let next = 0;

/** Every request of a batch is quiet, and `mn` ends it. */
const setHead = (key) => `ms ${nameOf(key)} ${valueBytes} q\r\n`;
const getLine = (key) => `mg ${nameOf(key)} v q\r\n`;
const nameOf = (key) => `key:${String(key).padStart(9, '0')}`;

const value = Buffer.concat([Buffer.alloc(valueBytes, 'v'), Buffer.from('\r\n')]);
const setBytes = setHead(0).length + value.length;
const setBatch = Buffer.concat([Buffer.alloc(setBytes * IN_FLIGHT), Buffer.from('mn\r\n')]);
for (let at = 0; at < IN_FLIGHT; at += 1) value.copy(setBatch, at * setBytes + setHead(0).length);

function nextSets() {
  if (left <= 0) return undefined;
  left -= IN_FLIGHT;
  for (let at = 0; at < IN_FLIGHT; at += 1) {
    const key = isRandom ? random() % keys : next++;
    setBatch.write(setHead(key), at * setBytes, 'latin1');
  }
  return setBatch;
}

function nextGets() {
  if (left <= 0) return undefined;
  const lines = Array.from({ length: IN_FLIGHT }, () => getLine(random() % keys));
  return `${lines.join('')}mn\r\n`;
}

let isOver = false;
const latencies = [];

async function ask(batches) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  let tail = Buffer.alloc(0);
  for (let batch = batches(); batch !== undefined; batch = batches()) {
    socket.write(batch);
    do {
      const [chunk] = await once(socket, 'data');
      tail = Buffer.concat([tail, chunk.subarray(-END.length)]).subarray(-END.length);
    } while (!tail.equals(END));
    tail = Buffer.alloc(0);
  }
  socket.destroy();
}

/** One request at a time, every few milliseconds. */
async function ping() {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  while (!isOver) {
    const startedAt = performance.now();
    socket.write('mn\r\n');
    await once(socket, 'data');
    latencies.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, PING_EVERY_MS));
  }
  socket.destroy();
}

const startedAt = performance.now();
const pinging = ping();
await Promise.all([ask(nextSets), gets ? ask(nextGets) : undefined]);
isOver = true;
await pinging;
latencies.sort((left, right) => left - right);
process.stdout.write(
  `${JSON.stringify({
    seconds: (performance.now() - startedAt) / 1000,
    pings: latencies.length,
    worstPingMs: latencies.at(-1),
    p999PingMs: latencies[Math.floor(latencies.length * 0.999)],
  })}\n`,
);
