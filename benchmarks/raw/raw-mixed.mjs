/** The mixed workload without a client: gets and sets over several sockets, whose replies differ in length. */
import { mixedSequence } from '../workload-data.mjs';

/** Any even spread will do: the raw adapter has stored every key on every server. */
const serverOf = (keyNumber, servers) => (Math.imul(keyNumber, 0x9e37_79b1) >>> 8) % servers;

export function startMixed(workload, sockets, wire, keys, values, meter) {
  const { mask, keyNumbers, isSet } = mixedSequence(workload);
  const gets = keys.map(wire.get);
  const sets = keys.map((key, at) => wire.set(key, values[at]));
  const getReplyBytes = wire.getReplyBytes(keys[0].length, workload.valueBytes);
  const lanes = sockets.map((socket) => new Lane(socket, workload.inFlight, sets[0].length));
  let next = 0;
  let sampleLane;
  let sampledAt = 0;

  const issue = () => {
    const at = next++ & mask;
    const key = keyNumbers[at];
    const lane = lanes[serverOf(key, lanes.length)];
    if (isSet[at] === 1) lane.add(sets[key], wire.setReplyBytes);
    else lane.add(gets[key], getReplyBytes);
    return lane;
  };
  const flush = () => {
    for (const lane of lanes) lane.flush();
  };
  for (const lane of lanes) {
    lane.socket.onBytes = (count) => {
      const fresh = lane.receive(count);
      meter.count += fresh;
      if (sampleLane?.isSampleAnswered === true) {
        meter.addLatency(performance.now() - sampledAt);
        sampleLane = undefined;
      }
      if (!meter.isRunning) return;
      for (let reply = 0; reply < fresh; reply += 1) {
        const used = issue();
        if (sampleLane !== undefined) continue;
        sampleLane = used;
        sampledAt = performance.now();
        used.sampleLast();
      }
      flush();
    };
  }
  for (let request = 0; request < workload.inFlight; request += 1) issue();
  flush();
}

/** One socket: what goes out with the next write, and the lengths of the replies that are due. */
class Lane {
  socket;
  #out;
  #filled = 0;
  #due;
  #head = 0;
  #tail = 0;
  #received = 0;
  #sample = -1;

  constructor(socket, inFlight, mostBytes) {
    this.socket = socket;
    this.#out = Buffer.allocUnsafeSlow(inFlight * mostBytes);
    this.#due = new Uint32Array(2 ** Math.ceil(Math.log2(inFlight + 1)));
  }

  add(request, replyBytes) {
    request.copy(this.#out, this.#filled);
    this.#filled += request.length;
    this.#due[this.#tail++ & (this.#due.length - 1)] = replyBytes;
  }

  sampleLast() {
    this.#sample = this.#tail;
  }

  get isSampleAnswered() {
    return this.#head >= this.#sample;
  }

  flush() {
    if (this.#filled === 0) return;
    // The stream may keep what it could not write yet.
    this.socket.write(Buffer.from(this.#out.subarray(0, this.#filled)));
    this.#filled = 0;
  }

  /** @returns the number of replies that are whole now */
  receive(count) {
    this.#received += count;
    const before = this.#head;
    while (this.#head < this.#tail) {
      const bytes = this.#due[this.#head & (this.#due.length - 1)];
      if (bytes > this.#received) break;
      this.#received -= bytes;
      this.#head += 1;
    }
    return this.#head - before;
  }
}
