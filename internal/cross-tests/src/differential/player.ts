/**
 * Plays a sequence of requests to a memcached and to this project's server, under the same conditions: the same second,
 * the same CAS counter, no items.
 *
 *   control   ms clock ... c    -> the CAS counters; the one that is behind is moved on
 *             mg clock t        -> the second of memcached's clock, which our server takes over
 *   sequence  one connection, one write, read to its end
 *   control   mg clock t        -> another second by now: play again
 */
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { binaryOpcodes, type MemcachedVersion } from '@memkit/protocol/internal';
import { createServer, type MemcacheServer } from '@memkit/server';
import { needsAnswersFirst } from './known-differences.js';
import type { Operation } from './operation.js';
import { EVERY_KEY } from './every-key.js';

/** Some end in the far future, of which the time to live tells the present. */
const FAR_SECOND = 2_147_483_647;
const CLOCK_KEY = 'the-clock';
const FLUSH = 'flush_all\r\n';
const PROBE = `ms ${CLOCK_KEY} 0 T${String(FAR_SECOND)} c\r\n\r\nmg ${CLOCK_KEY} t\r\n`;
const BINARY_MAGIC = 0x80;
/** In base64 it has 250 characters. */
const LONGEST_ENCODED_KEY = 187;
/** Flushed items come back where a flush is taken back. */
const EMPTY = FLUSH + EVERY_KEY.map(removal).join('');
/** memcached sends all answers that wait when it meets one of these. Two: data that is short by a byte takes the first. */
const PAUSE = Buffer.from('mn\r\nmn\r\n');
const BINARY_PAUSE = Buffer.alloc(24);
BINARY_PAUSE.writeUInt8(BINARY_MAGIC, 0);
BINARY_PAUSE.writeUInt8(binaryOpcodes.noop, 1);
const MEMORY_BYTES = 1024 * 1024 * 1024;
/** What memcached gives as its uptime, in seconds, when it starts. */
const UPTIME_AT_START = 2;

export interface Comparison {
  readonly theirs: string;
  readonly ours: string;
}

interface Moment {
  readonly cas: bigint;
  readonly second: number;
}

export class Player {
  readonly #port: number;
  readonly #server: MemcacheServer;
  readonly #version: MemcachedVersion;
  #second = 0;

  private constructor(port: number, startedAt: number, version: MemcachedVersion) {
    this.#port = port;
    this.#version = version;
    // What ended long ago ended when the clock began, so both must have been started at the same time.
    this.#second = startedAt;
    this.#server = createServer({ version, memory: MEMORY_BYTES, clock: { now: () => this.#second } });
  }

  /** @param port where the memcached listens */
  static async start(port: number, version: MemcachedVersion): Promise<Player> {
    const stats = await converse(dial(port), Buffer.from('stats\r\n'));
    const [time = 0, uptime = 0] = ['time', 'uptime'].map((name) =>
      Number(new RegExp(`^STAT ${name} (\\d+)`, 'm').exec(stats)?.[1]),
    );
    return new Player(port, time - uptime + UPTIME_AT_START, version);
  }

  async close(): Promise<void> {
    await this.#server.close();
  }

  /** The replies of both to the same bytes. */
  play(operations: readonly Operation[]): Promise<Comparison> {
    return this.#play((base) => operations.flatMap((operation) => this.#bytesOf(operation, base)));
  }

  /** The same, without a pause where answers must be sent first. */
  playAsOne(operations: readonly Operation[]): Promise<Comparison> {
    return this.#play((base) => operations.map((operation) => operation.bytes(base)));
  }

  async #play(bytesAt: (base: bigint) => readonly Buffer[]): Promise<Comparison> {
    for (;;) {
      await Promise.all(
        [dial(this.#port), this.#server.connect()].map((each) => converse(each, Buffer.from(EMPTY, 'latin1'))),
      );
      const base = await this.#align();
      const bytes = Buffer.concat(bytesAt(base));
      const [theirs, ours] = await Promise.all([
        converse(dial(this.#port), bytes),
        converse(this.#server.connect(), bytes),
      ]);
      if ((await this.#ask(dial(this.#port), FLUSH + PROBE)).second === this.#second) return { theirs, ours };
    }
  }

  #bytesOf(operation: Operation, base: bigint): Buffer[] {
    const bytes = operation.bytes(base);
    if (!needsAnswersFirst(operation, this.#version)) return [bytes];
    return [operation.protocol === 'binary' ? BINARY_PAUSE : PAUSE, bytes];
  }

  /** Both empty, both counters at the same CAS value, both in the same second. */
  async #align(): Promise<bigint> {
    const there = await this.#ask(dial(this.#port), PROBE);
    this.#second = there.second;
    const here = await this.#ask(this.#server.connect(), PROBE);
    if (here.cas === there.cas) return here.cas;
    const [behind, steps] =
      here.cas < there.cas ? [this.#server.connect(), there.cas - here.cas] : [dial(this.#port), here.cas - there.cas];
    await converse(behind, Buffer.from(`ms ${CLOCK_KEY} 0 q\r\n\r\n`.repeat(Number(steps))));
    return this.#align();
  }

  async #ask(connection: Duplex, probe: string): Promise<Moment> {
    const reply = await converse(connection, Buffer.from(probe));
    const [, cas, left] = /^(?:OK\r\n)?HD c(\d+)\r\nHD t(\d+)\r\n$/.exec(reply) ?? [];
    if (cas === undefined || left === undefined) throw new Error(`The probe was answered ${JSON.stringify(reply)}.`);
    return { cas: BigInt(cas), second: FAR_SECOND - Number(left) };
  }
}

function removal(key: string): string {
  const isLong = key.length > LONGEST_ENCODED_KEY;
  return isLong ? `delete ${key} noreply\r\n` : `md ${Buffer.from(key, 'latin1').toString('base64')} b q\r\n`;
}

function dial(port: number): Duplex {
  return connect({ port, host: '127.0.0.1', allowHalfOpen: true });
}

/** Sends everything and the end of the connection, and gives what came until the other side ended it too. */
function converse(connection: Duplex, bytes: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const replies: Buffer[] = [];
    connection.on('data', (chunk: Buffer) => replies.push(chunk));
    // A reset: what arrived before it counts.
    connection.on('error', () => undefined);
    connection.on('close', () => {
      resolve(Buffer.concat(replies).toString('latin1'));
    });
    connection.end(bytes);
  });
}

/** The replies as lines, or as binary replies; for a failure. */
export function showReplies(replies: string): string[] {
  if (replies.charCodeAt(0) !== BINARY_MAGIC + 1) return replies.split(/(?<=\n)/).map((line) => JSON.stringify(line));
  const bytes = Buffer.from(replies, 'latin1');
  const shown: string[] = [];
  for (let at = 0; at + 24 <= bytes.length; at += 24 + bytes.readUInt32BE(at + 8)) {
    const bodyBytes = bytes.readUInt32BE(at + 8);
    const header = bytes
      .toString('hex', at, at + 24)
      .replace(
        /(..)(..)(....)(..)(..)(....)(.{8})(.{8})/,
        '$1 $2 key $3 extras $4 type $5 status $6 body $7 opaque $8 cas ',
      );
    shown.push(`${header} ${JSON.stringify(bytes.toString('latin1', at + 24, at + 24 + bodyBytes))}`);
  }
  return shown;
}
