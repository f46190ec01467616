import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { ByteWriter } from '@memkit/protocol/internal';
import { describe, expect, it } from '@jest/globals';
import { loginFacts } from '../faults/request-facts.js';
import { FaultTable } from '../faults/fault-table.js';
import { CallRecorder } from '../recorder/call-recorder.js';
import { ItemStore } from '../store/item-store.js';
import { ServerStats } from '../store/server-stats.js';
import { ClientSession } from './client-session.js';
import { LoopTurns } from './loop-turns.js';
import type { PendingRequest, RequestCodec } from './pending-request.js';

/** What one reading of the socket may bring (libuv reads 32 times). */
const CHUNKS = 32;
const CHUNK_BYTES = 1000;
/** A thousand, and what is on its way. */
const MOST_A_TURN = 1100;
const SEVERAL_TURNS = 5;

/** A client that takes every byte at once. */
class Client extends Duplex {
  override _read(): void {
    // What it sends is pushed.
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

/** A session in whose protocol each byte is a request, with a reply of so many bytes. */
function session(replyBytes: number, turns: LoopTurns): { readonly client: Client; readonly carriedOut: () => number } {
  const client = new Client();
  const reply = Buffer.alloc(replyBytes);
  let carriedOut = 0;
  const request: PendingRequest = {
    facts: () => loginFacts('other'),
    answer: (writer) => {
      carriedOut += 1;
      writer.bytes(reply);
      return undefined;
    },
    fail: () => undefined,
    failInternally: () => undefined,
    refuseForMemory: () => undefined,
  };
  const stats = new ServerStats();
  const store = new ItemStore({ clock: { now: () => 1 }, memory: 4096, itemSizeMax: 1024, version: '1.6.18', stats });
  new ClientSession({
    stream: client,
    stats,
    watch: { faults: new FaultTable(), calls: new CallRecorder(0), store, scratch: new ByteWriter() },
    connection: 1,
    turns,
    writer: new ByteWriter(),
    createCodec: (_, onRequest): RequestCodec => ({
      isAmidData: false,
      push: (chunk, start = 0) => {
        let at = start;
        while (at < chunk.length) {
          at += 1;
          if (!onRequest(request)) break;
        }
        return at;
      },
    }),
  });
  return { client, carriedOut: () => carriedOut };
}

describe('a session', () => {
  it.each([
    ['many small replies', 10],
    ['replies larger than its buffer', 1_000_000],
  ])('gives the turn away, however fast its client sends and reads: %s', async (_, replyBytes) => {
    const { client, carriedOut } = session(replyBytes, new LoopTurns(() => 0));
    await setImmediate();
    for (let chunk = 0; chunk < CHUNKS; chunk += 1) client.push(Buffer.alloc(CHUNK_BYTES));
    for (let turn = 1; turn <= SEVERAL_TURNS; turn += 1) {
      await setImmediate();
      expect(carriedOut()).toBeGreaterThan(0);
      expect(carriedOut()).toBeLessThanOrEqual((turn + 1) * MOST_A_TURN);
    }
    while (carriedOut() < CHUNKS * CHUNK_BYTES) await setImmediate();
    client.destroy();
  });

  it('gives the turn away sooner when it takes long, and gets on all the same', async () => {
    let now = 0;
    const { client, carriedOut } = session(10, new LoopTurns(() => (now += 1)));
    await setImmediate();
    client.push(Buffer.alloc(CHUNK_BYTES));
    await setImmediate();
    expect(carriedOut()).toBeGreaterThan(0);
    expect(carriedOut()).toBeLessThan(CHUNK_BYTES / 2);
    while (carriedOut() < CHUNK_BYTES) await setImmediate();
    client.destroy();
  });
});
