/** Whatever happens to connections, none of them counts as busy once nobody waits on it. */
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { MemcacheError } from '@memkit/protocol';
import type { ProtocolChoice } from '../options/memcache-options.js';
import { serverCounters } from '../telemetry/server-counters.js';
import { areSeveralBusy, noteBusy } from './busy-connections.js';
import { Connection } from './connection.js';
import { ReplayJournal } from './replay-journal.js';
import { ask, asking, item } from './spec-support/asking.js';
import { WayIn } from './way-in.js';

/** The clock runs faster than timers: when they fire, servers have been silent and overdue for long. */
const SPEED = 100;
const now = (): number => performance.now() * SPEED;
/** Of the real time. */
const LONGEST_MS = 15;

/** How many connections count as busy: as many have to be taken away as there are, but for one, until they are not several. */
function busyConnections(): number {
  let taken = 0;
  for (; areSeveralBusy(); taken += 1) noteBusy(false);
  for (; !areSeveralBusy(); taken -= 1) noteBusy(true);
  const count = taken + 2;
  for (; taken > 0; taken -= 1) noteBusy(true);
  for (; taken < 0; taken += 1) noteBusy(false);
  return count;
}

/** Whether the server greets, keeps silent at first, refuses, cannot be asked, or never connects. */
type Opening = 'open' | 'silent' | 'refused' | 'thrown' | 'never';

const isHandshake = (line: string | undefined): boolean => line === 'version' || line === 'mn';

class Server {
  readonly openings: Opening[];
  /** Of the connection, and of those that find out why a server is silent. */
  readonly #ends: { readonly stream: Duplex; readonly asked: string[] }[] = [];

  constructor(openings: readonly Opening[]) {
    this.openings = [...openings];
  }

  open(): Duplex | Promise<Duplex> {
    const opening = this.openings.shift() ?? 'open';
    if (opening === 'thrown') throw new MemcacheError('CONNECT_FAILED', { action: 'Cannot connect' });
    if (opening === 'never') return new Promise(() => undefined);
    const asked: string[] = [];
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        const lines = chunk.toString('latin1').split('\r\n');
        asked.push(...lines.filter((line) => line !== '' && line !== 'v'));
        done();
        if (opening === 'open' && isHandshake(asked[0])) this.answer(1, false);
      },
    });
    this.#ends.push({ stream, asked });
    if (opening === 'refused') stream.destroy(new MemcacheError('CONNECT_FAILED', { action: 'Cannot connect' }));
    return stream;
  }

  answer(most: number, isError: boolean): void {
    for (const { stream, asked } of this.#ends) {
      const replies = asked.splice(0, most).map((line) => {
        if (isError && !isHandshake(line)) return 'SERVER_ERROR out of memory\r\n';
        const opaque = / O\d+$/.exec(line)?.[0];
        if (opaque !== undefined) return line.startsWith('ms') ? `HD${opaque}\r\n` : `EN${opaque}\r\n`;
        if (line === 'version') return 'VERSION 1.6.45\r\n';
        return line === 'mn' ? 'MN\r\n' : line.startsWith('set') ? 'STORED\r\n' : 'END\r\n';
      });
      if (replies.length > 0) tell(stream, replies.join(''));
    }
  }

  say(text: string): void {
    for (const { stream } of this.#ends) tell(stream, text);
  }

  end(error?: Error): void {
    for (const { stream } of this.#ends.splice(0)) {
      if (error !== undefined) stream.destroy(error);
      else if (!stream.destroyed) stream.push(null);
    }
  }
}

function tell(stream: Duplex, text: string): void {
  if (!stream.destroyed) stream.push(Buffer.from(text));
}

const milliseconds = fc.integer({ min: 1, max: LONGEST_MS });
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('ask'), command: fc.nat(5), ms: milliseconds, signal: fc.nat(3) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer'),
      most: fc.integer({ min: 1, max: 6 }),
      isError: fc.nat(3).map((n) => n === 0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('turns'), count: fc.integer({ min: 1, max: 6 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('tick') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('abort'), signal: fc.nat(2) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('pass'), ms: milliseconds }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end'), isError: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('replay') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('close'), ms: fc.constantFrom(0, 1, 500, 2000) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('say'),
      text: fc.constantFrom('what?\r\n', 'VA 100000 f0 O1\r\nhalf', 'SERVER_ERROR out of memory\r\n', 'HD O99\r\n',
        'VALUE a 0 1\r\na\r\n', 'CLIENT_ERROR bad data chunk\r\n', 'CLIENT_ERROR unauthenticated\r\n', 'END\r\n',
        'ERROR Too many open connections\r\n', 'HTTP/1.1 400 Bad Request\r\n'), // prettier-ignore
    }),
  },
) as fc.Arbitrary<Step>;

type Step =
  | { readonly do: 'ask'; readonly command: number; readonly ms: number; readonly signal: number }
  | { readonly do: 'answer'; readonly most: number; readonly isError: boolean }
  | { readonly do: 'turns'; readonly count: number }
  | { readonly do: 'tick' | 'replay' }
  | { readonly do: 'abort'; readonly signal: number }
  | { readonly do: 'pass' | 'close'; readonly ms: number }
  | { readonly do: 'end'; readonly isError: boolean }
  | { readonly do: 'say'; readonly text: string };

const commands = [
  asking.get('a'),
  { ...asking.get('b'), isPlainGet: true },
  { ...asking.get('c'), isPlainGet: true },
  asking.store('set', 'd', item('v')),
  ask('getMany', '', (driver) => driver.getMany(['a', 'b'])),
  ask('none', '', () => {
    throw new MemcacheError('UNKNOWN_COMMAND', { action: 'Cannot' });
  }),
] as const;

const turn = () => new Promise((resolve) => setImmediate(resolve));
const connections: Connection[] = [];

afterEach(async () => {
  await Promise.all(connections.splice(0).map((connection) => connection.close(0)));
});

async function play(
  protocol: ProtocolChoice,
  openings: readonly Opening[],
  steps: readonly Step[],
): Promise<Connection> {
  const server = new Server(openings);
  const way = new WayIn({ server: { host: 'cache.example', port: 1 }, protocol, openSocket: () => server.open(), now });
  const limits = { maxQueuedRequests: 8, maxQueuedBytes: 99, reconnect: { initialDelayMs: 1, maxDelayMs: 100 } };
  const journal = new ReplayJournal(now, () => undefined);
  const connection = new Connection(way, limits, serverCounters(), { journal, number: 0, timeoutMs: 10 });
  connections.push(connection);
  const signals = [new AbortController(), new AbortController(), new AbortController()];
  const waiting: Promise<unknown>[] = [];
  for (const next of steps) {
    if (next.do === 'ask') {
      const command = commands[next.command] ?? commands[0];
      waiting.push(connection.send<unknown>(command, now() + next.ms, signals[next.signal]?.signal));
      waiting.at(-1)?.catch(() => undefined);
    } else if (next.do === 'answer') server.answer(next.most, next.isError);
    else if (next.do === 'turns') for (let at = 0; at < next.count; at += 1) await turn();
    else if (next.do === 'tick') await Promise.resolve();
    else if (next.do === 'abort') signals[next.signal]?.abort();
    else if (next.do === 'pass') await new Promise((resolve) => setTimeout(resolve, next.ms));
    else if (next.do === 'end') server.end(next.isError ? new Error('reset') : undefined);
    else if (next.do === 'say') server.say(next.text);
    else if (next.do === 'close') waiting.push(connection.close(next.ms));
    else {
      journal.add('old', 0);
      connection.replay();
    }
  }
  await Promise.allSettled(waiting);
  return connection;
}

describe('the count of busy connections', () => {
  it.each(['meta', 'text', 'binary', 'auto'] as const)(
    'is what it was once nobody waits, whatever came between (%s)',
    async (protocol) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.constantFrom<Opening>('open', 'open', 'silent', 'refused', 'thrown', 'never'), { maxLength: 4 }),
          fc.array(step, { minLength: 1, maxLength: 30 }),
          async (openings, steps) => {
            const before = busyConnections();
            const connection = await play(protocol, openings, steps);
            // Nobody waits for the deletes of the journal, which have a deadline of their own.
            while (connection.pendingCount > 0) await turn();
            expect(busyConnections()).toBe(before);
            expect(connection.pendingBytes).toBe(0);
            await connection.close(0);
            expect(busyConnections()).toBe(before);
          },
        ),
        { numRuns: 100 },
      );
    },
  );
});
