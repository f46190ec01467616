import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { replyFrame, requestFrame, SeededRandom, startMemcached, type RealMemcached } from '@memkit/testing';
import { createServer, type MemcacheServer } from './index.js';

// Random commands to the installed memcached, of whichever version, and to this server: the same replies byte for
// byte, the counters of CAS included. Only what all versions of memcached 1.6 agree on is in here; the exact errors of
// one version are in transcripts.integration.spec.ts.

const OPERATIONS = 3000;
const SENTINEL_LINE = 'mg none Osentinel\r\n';
const SENTINEL_REPLY = 'EN Osentinel\r\n';

class Conversation {
  #received = '';
  #onData: (() => void) | undefined;
  readonly #stream: Duplex;

  constructor(stream: Duplex) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#onData?.();
    });
  }

  async ask(request: string, sentinel: string, sentinelReply: string): Promise<string> {
    this.#received = '';
    const complete = new Promise<void>((resolve) => {
      this.#onData = () => {
        if (this.#received.endsWith(sentinelReply)) resolve();
      };
    });
    this.#stream.write(Buffer.from(request + sentinel, 'latin1'));
    await complete;
    return this.#received.slice(0, -sentinelReply.length);
  }

  end(): void {
    this.#stream.destroy();
  }
}

/** The two clocks may stand one tick apart: remaining times count as equal within two seconds. */
function alignTimes(ours: string, theirs: string): string {
  const expected = [...theirs.matchAll(/ t(\d+)/g)].map((match) => Number(match[1]));
  let index = 0;
  return ours.replace(/ t(\d+)/g, (whole, digits: string) => {
    const other = expected[index];
    index += 1;
    return other !== undefined && Math.abs(other - Number(digits)) <= 2 ? ` t${String(other)}` : whole;
  });
}

function textCommands(random: SeededRandom): () => string {
  const pick = <Choice>(choices: readonly Choice[]): Choice => random.pick(choices);
  const key = (): string => pick(['a', 'b', 'c', 'counter', 'longer-key']);
  const exptime = (): string => pick(['0', '0', '100', '-1', '5000']);
  const value = (): string => pick(['', 'x', '7', '99', '100', 'x\r\ny', 'v'.repeat(300)]);
  const cas = (): string => String(random.below(400));
  const block = (head: (length: string) => string): string => {
    const data = value();
    return `${head(String(data.length))}\r\n${data}\r\n`;
  };
  const subset = (flags: readonly string[]): string => random.some(flags, 0.4).join(' ');
  const noreply = (): string => (random.chance(0.2) ? ' noreply' : '');
  return () =>
    pick([
      () => `get ${key()} ${key()}\r\n`,
      () => `gets ${key()}\r\n`,
      () => `gat ${exptime()} ${key()}\r\n`,
      () =>
        block(
          (n) =>
            `${pick(['set', 'add', 'replace', 'append', 'prepend'])} ${key()} ${pick(['0', '5'])} ${exptime()} ${n}${noreply()}`,
        ),
      () => block((n) => `set ${key()} 0 0 ${n}`),
      () => block((n) => `cas ${key()} 1 0 ${n} ${cas()}`),
      () =>
        `${pick(['incr', 'decr'])} ${pick(['counter', 'a'])} ${pick(['1', '95', '18446744073709551615'])}${noreply()}\r\n`,
      () => `delete ${key()}${noreply()}\r\n`,
      () => `touch ${key()} ${exptime()}\r\n`,
      () => (random.chance(0.05) ? 'flush_all\r\n' : 'mn\r\n'),
      () => `mg ${key()} ${subset(['v', 'k', 'c', 'f', 's', 't', 'Oab'])}\r\n`,
      () => `mg ${key()} v ${subset(['q', 'k', 'T100', 'N30', 'R200', 'u'])}\r\n`,
      () =>
        block(
          (n) =>
            `ms ${key()} ${n} ${subset(['k', 'c', 'Oxy', 'T100', 'F7'])} ${pick(['', 'ME', 'MA', 'MP', 'MR', 'MS', 'I', `C${cas()}`])}`,
        ),
      () => `md ${key()} ${subset(['k', 'Oz'])} ${pick(['', 'I', 'I T60', `C${cas()}`])}\r\n`,
      () => `ma counter v ${subset(['k', 'c', 't', 'N60', 'D3', 'J50'])} ${pick(['', 'MI', 'MD'])}\r\n`,
    ])();
}

function binaryCommands(random: SeededRandom): () => string {
  const pick = <Choice>(choices: readonly Choice[]): Choice => random.pick(choices);
  const u32 = (...numbers: number[]): Buffer =>
    Buffer.concat(numbers.map((n) => Buffer.from(n.toString(16).padStart(8, '0'), 'hex')));
  const frame = (opcode: number, extras: Buffer, key: string, value: string, cas = 0): string =>
    requestFrame(opcode, { extras: extras.toString('latin1'), key, value, cas, opaque: random.below(2 ** 32) });
  const none = Buffer.alloc(0);
  const key = (): string => pick(['a', 'b', 'counter', 'binary']);
  const value = (): string => pick(['', 'x', '7', '99', 'v'.repeat(300)]);
  const cas = (): number => (random.chance(0.3) ? random.below(2000) : 0);
  const exptime = (): number => pick([0, 0, 100, 2592001]);
  return () =>
    pick([
      () => frame(pick([0x00, 0x09, 0x0c, 0x0d]), none, key(), ''),
      () => frame(pick([0x01, 0x02, 0x03, 0x11, 0x12, 0x13]), u32(pick([0, 5]), exptime()), key(), value(), cas()),
      () => frame(pick([0x0e, 0x0f, 0x19, 0x1a]), none, key(), value(), cas()),
      () => frame(pick([0x04, 0x14]), none, key(), '', cas()),
      () =>
        frame(pick([0x05, 0x06, 0x15, 0x16]), u32(0, pick([1, 95]), 0, 50, pick([0, 100, 0xffffffff])), 'counter', ''),
      () => frame(pick([0x1c, 0x1d, 0x1e, 0x23, 0x24]), u32(exptime()), key(), ''),
      () => frame(0x0a, none, '', ''),
    ])();
}

const SENTINEL = { opaque: 0xfeedface };

describe('the server beside the installed memcached', () => {
  let memcached: RealMemcached;
  let server: MemcacheServer;

  beforeAll(async () => {
    // Without its background threads: they hold items for moments, and a number that shrinks in such a moment loses its
    // trailing spaces, so that replies would depend on the time.
    memcached = await startMemcached({ args: ['-o', 'no_modern'] });
    server = createServer();
  });
  afterAll(async () => {
    await server.close();
    await memcached.stop();
  });

  async function compare(next: () => string, sentinel: string, sentinelReply: string): Promise<void> {
    const theirs = new Conversation(connect(memcached.port, '127.0.0.1'));
    const ours = new Conversation(server.connect());
    const history: string[] = [];
    for (let index = 0; index < OPERATIONS; index += 1) {
      const request = next();
      history.push(request);
      const expected = await theirs.ask(request, sentinel, sentinelReply);
      const actual = alignTimes(await ours.ask(request, sentinel, sentinelReply), expected);
      if (actual !== expected) {
        expect({ index, last: history.slice(-25), reply: actual }).toEqual({
          index,
          last: history.slice(-25),
          reply: expected,
        });
      }
    }
    theirs.end();
    ours.end();
    expect(history).toHaveLength(OPERATIONS);
  }

  it.each([1, 2, 3])('gives the same replies to random text and meta commands (seed %d)', async (seed) => {
    await compare(textCommands(new SeededRandom(seed)), SENTINEL_LINE, SENTINEL_REPLY);
  });

  it.each([4, 5])('gives the same replies to random binary commands (seed %d)', async (seed) => {
    await compare(binaryCommands(new SeededRandom(seed)), requestFrame(0x0a, SENTINEL), replyFrame(0x0a, 0, SENTINEL));
  });
});
