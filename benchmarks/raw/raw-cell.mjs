/**
 * The ceiling of any JavaScript client: for each reply whose bytes have come, the next prebuilt request goes out, all of
 * one tick in one write. Nothing is parsed, no promise is made.
 */
import { rawAdapters } from '../adapters/index.mjs';
import { Meter } from '../meter.mjs';
import { listsOf } from '../operations.mjs';
import { LIST_LENGTH } from '../workloads.mjs';
import { keysOf, valuesOf } from '../workload-data.mjs';
import { startConnections } from './raw-connections.mjs';
import { startMixed } from './raw-mixed.mjs';
import { openRawSocket } from './raw-socket.mjs';
import { wires } from './wire.mjs';

export async function measureRaw(cell) {
  const { workload, servers, credentials, warmup, milliseconds, serverPid } = cell;
  const { protocol, reusesBuffer } = cell.raw ?? rawAdapters[cell.client];
  const wire = wires[protocol];
  const sockets = await Promise.all(servers.map((server) => openRawSocket(server, { reusesBuffer, credentials })));
  const keys = keysOf(workload);
  const values = valuesOf(workload, 'bytes');
  for (const socket of sockets) await store(socket, wire, keys, values);
  const meter = new Meter();
  if (workload.operation === 'mixed') {
    startMixed(workload, sockets, wire, keys, values, meter);
  } else if (workload.connections > 1) {
    const { requests, replyBytes } = prebuilt(workload, wire, keys, values);
    while (sockets.length < workload.connections) sockets.push(await openRawSocket(servers[0], { reusesBuffer }));
    startConnections(sockets, requests, replyBytes, meter);
  } else startUniform(workload, sockets[0], wire, keys, values, meter);
  return meter.measure(warmup, milliseconds, serverPid);
}

/** One request type to one server: replies are counted by dividing. */
function startUniform(workload, socket, wire, keys, values, meter) {
  const { requests, replyBytes } = prebuilt(workload, wire, keys, values);
  const requestBytes = requests[0].length;
  // Twice in a row, so that any run of requests is one slice.
  const all = Buffer.concat([...requests, ...requests]);
  let position = 0;
  let issued = 0;
  let received = 0;
  let sampled = 0;
  let sampledAt = 0;

  const issue = (count) => {
    let left = count;
    while (left > 0) {
      const now = Math.min(left, requests.length);
      socket.write(all.subarray(position * requestBytes, (position + now) * requestBytes));
      position = (position + now) % requests.length;
      left -= now;
    }
    issued += count;
  };
  socket.onBytes = (count) => {
    received += count;
    const answered = Math.floor(received / replyBytes);
    const fresh = answered - meter.count;
    if (fresh === 0) return;
    meter.count = answered;
    // One request at a time is followed, from its write to the last byte of its reply.
    const isSampleAnswered = answered >= sampled;
    const now = isSampleAnswered ? performance.now() : 0;
    if (isSampleAnswered && sampledAt > 0) meter.addLatency(now - sampledAt);
    if (!meter.isRunning) return;
    issue(fresh);
    if (isSampleAnswered) {
      sampled = issued;
      sampledAt = now;
    }
  };
  issue(workload.inFlight);
}

function prebuilt(workload, wire, keys, values) {
  const keyBytes = keys[0].length;
  switch (workload.operation) {
    case 'get':
      return { requests: keys.map(wire.get), replyBytes: wire.getReplyBytes(keyBytes, workload.valueBytes) };
    case 'set':
      return { requests: keys.map((key, at) => wire.set(key, values[at])), replyBytes: wire.setReplyBytes };
    case 'getMany':
      return {
        requests: listsOf(keys).map(wire.getMany),
        replyBytes: wire.getManyReplyBytes(keyBytes, workload.valueBytes, LIST_LENGTH),
      };
    default:
      throw new Error(`The workload ${workload.id} is none for the raw adapter.`);
  }
}

/** Stores the values with flags 0, and reads the first one back whole: a wrong reply length would count wrongly. */
async function store(socket, wire, keys, values) {
  await exchange(
    socket,
    Buffer.concat(keys.map((key, at) => wire.set(key, values[at]))),
    keys.length * wire.setReplyBytes,
  );
  await exchange(socket, wire.get(keys[0]), wire.getReplyBytes(keys[0].length, values[0].length));
}

function exchange(socket, bytes, replyBytes) {
  return new Promise((resolve, reject) => {
    let received = 0;
    socket.onBytes = (count) => {
      received += count;
      if (received === replyBytes) resolve(undefined);
      else if (received > replyBytes) reject(new Error(`${received} reply bytes instead of ${replyBytes}`));
    };
    socket.write(bytes);
  });
}
