import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createServer, type MemcacheServer, type ServerOptions } from './index.js';

// Recorded from memcached 1.6.18 by fixtures/record.mjs; long runs of a letter are written as [letter, count].
type Text = string | readonly (string | readonly [string, number])[];
interface Conversation {
  readonly replies: readonly (readonly [send: Text, reply: Text])[];
  readonly closes: boolean;
}
type Group = Readonly<Record<string, Conversation>>;

const recorded = JSON.parse(
  readFileSync(new URL('../fixtures/memcached-1.6.18.json', import.meta.url), 'utf8'),
) as Readonly<Record<'text' | 'binary' | 'closing' | 'sasl', Group>>;

const MOST_TURNS = 5000;
const QUIET_TURNS = 4;

const servers: MemcacheServer[] = [];

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
});

function expand(text: Text): string {
  if (typeof text === 'string') return text;
  return text.map((part) => (typeof part === 'string' ? part : part[0].repeat(part[1]))).join('');
}

/** Shortens what a failed comparison would print. */
function readable(text: string): string {
  return text.replace(/([a-z])\1{99,}/g, (run, letter: string) => `<${letter} ${String(run.length)} times>`);
}

class Client {
  received = '';
  hasEnded = false;
  readonly #stream: Duplex;

  constructor(options: ServerOptions) {
    // A clock that stands still: the conversations were recorded within a second.
    const server = createServer({ clock: { now: () => 1_900_000_000 }, ...options });
    servers.push(server);
    this.#stream = server.connect();
    this.#stream.on('data', (chunk: Buffer) => (this.received += chunk.toString('latin1')));
    this.#stream.on('end', () => (this.hasEnded = true));
  }

  /** Sends, and waits for what is expected and a little longer, in turns of the event loop. */
  async ask(bytes: string, step: number, isComplete: () => boolean): Promise<string> {
    this.received = '';
    const whole = Buffer.from(bytes, 'latin1');
    for (let at = 0; at < whole.length; at += step) this.#stream.write(whole.subarray(at, at + step));
    for (let turn = 0; turn < MOST_TURNS && !isComplete(); turn += 1) await nextTurn();
    for (let turn = 0; turn < QUIET_TURNS; turn += 1) await nextTurn();
    return this.received;
  }
}

async function replay({ replies, closes }: Conversation, options: ServerOptions, bytesPerWrite: number): Promise<void> {
  const client = new Client(options);
  for (const [index, [send, reply]] of replies.entries()) {
    const expected = expand(reply);
    const endsNow = closes && index === replies.length - 1;
    const isComplete = (): boolean => client.received.length >= expected.length && (client.hasEnded || !endsNow);
    const bytes = expand(send);
    // Byte by byte only where it does not take minutes.
    const step = bytes.length > 10_000 ? Number.POSITIVE_INFINITY : bytesPerWrite;
    const answer = await client.ask(bytes, step, isComplete);
    expect({ send: readable(bytes), reply: readable(answer) }).toEqual({
      send: readable(bytes),
      reply: readable(expected),
    });
  }
  expect(client.hasEnded).toBe(closes);
}

describe.each([
  ['whole requests', Number.POSITIVE_INFINITY],
  ['three bytes at a time', 3],
])('the server answers as memcached 1.6.18 did, given %s', (_, bytesPerWrite) => {
  it.each(Object.keys(recorded.text))('text: %s', async (name) => {
    await replay(recorded.text[name] as Conversation, {}, bytesPerWrite);
  });

  it.each(Object.keys(recorded.binary))('binary: %s', async (name) => {
    await replay(recorded.binary[name] as Conversation, {}, bytesPerWrite);
  });

  it.each(Object.keys(recorded.closing))('ends the connection: %s', async (name) => {
    await replay(recorded.closing[name] as Conversation, {}, bytesPerWrite);
  });

  it.each(Object.keys(recorded.sasl))('with users: %s', async (name) => {
    const sasl = { username: 'ada', password: 'lovelace' };
    await replay(recorded.sasl[name] as Conversation, { sasl }, bytesPerWrite);
  });
});
