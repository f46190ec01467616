/**
 * 10,000,000 bytes of replies that something went wrong with: recorded from a real memcached, then bits flipped, bytes
 * lost, doubled, swapped between replies and numbers made huge. A failure names its seed; MEMKIT_FUZZ_SEED repeats it.
 */
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { fuzzSeed, SeededRandom } from '@memkit/testing';
import { BinaryReplyParser } from './binary/binary-reply-parser.js';
import { isMemcacheError } from './errors/memcache-error.js';
import { TextReplyParser } from './text/text-reply-parser.js';

const MUTATED_BYTES = 10_000_000;
/** What is still there after the parsers are gone. */
const MAX_GROWTH_BYTES = 8 * 1024 * 1024;
/** A value is believed up to 1 MiB. */
const MAX_HELD_BYTES = 4 * 1024 * 1024;

type CreateParser = (onReply: () => void) => { push(chunk: Buffer): void };
const sources: [name: string, transcripts: string[], create: CreateParser][] = [
  ['meta', ['meta'], (onReply) => new TextReplyParser(onReply)],
  ['text', ['text'], (onReply) => new TextReplyParser(onReply)],
  ['binary', ['binary', 'sasl-success', 'sasl-failure', 'sasl-missing'], (onReply) => new BinaryReplyParser(onReply)],
];

function repliesOf(name: string): Buffer[] {
  const { exchanges } = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as {
    exchanges: { reply: string }[];
  };
  return exchanges.map(({ reply }) => Buffer.from(reply, 'base64'));
}

const spices = [
  '\r\n',
  '\n',
  ' ',
  '0',
  '9999999999',
  '1048577',
  '-1',
  '\0',
  'VA 5 f0 O1\r\n',
  'VALUE a 0 1\r\n',
  '\x81\0\0\0',
];
const SPICES = spices.map((text) => Buffer.from(text, 'latin1'));

/** Some replies in a row, with 0 to 4 things wrong. */
function mutatedStream(replies: readonly Buffer[], random: SeededRandom): Buffer {
  const pick = () => replies[random.below(replies.length)] ?? Buffer.alloc(0);
  let stream = Buffer.concat(Array.from({ length: 1 + random.below(6) }, pick));
  for (let wrong = random.below(5); wrong > 0; wrong -= 1) {
    const at = random.below(stream.length + 1);
    const end = Math.min(stream.length, at + random.below(30));
    const head = stream.subarray(0, at);
    switch (random.below(6)) {
      case 0:
        if (at < stream.length) stream[at] = random.below(256);
        break;
      case 1:
        if (at < stream.length) stream[at] = (stream[at] ?? 0) ^ (1 << random.below(8));
        break;
      case 2:
        stream = Buffer.concat([head, stream.subarray(end)]);
        break;
      case 3:
        stream = Buffer.concat([stream.subarray(0, end), stream.subarray(at)]);
        break;
      case 4:
        stream = Buffer.concat([head, SPICES[random.below(SPICES.length)] ?? head, stream.subarray(at)]);
        break;
      case 5:
        stream = Buffer.concat([head, pick(), stream.subarray(at)]);
        break;
    }
  }
  return stream;
}

/** Pushes the stream in chunks, each overwritten afterwards; returns how many replies came, or throws what is not allowed. */
function readStream(stream: Buffer, create: CreateParser, random: SeededRandom): number {
  let replies = 0;
  const parser = create(() => {
    replies += 1;
  });
  const size = random.below(3) === 0 ? stream.length : 1 + random.below(64);
  try {
    for (let at = 0; at < stream.length; at += size) {
      const chunk = Buffer.from(stream.subarray(at, at + size));
      parser.push(chunk);
      chunk.fill(0xff);
    }
  } catch (error) {
    if (!isMemcacheError(error) || error.code !== 'MEMCACHE_UNEXPECTED_REPLY') throw error;
  }
  return replies;
}

const collectGarbage = ((): (() => void) => {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
})();

/** What is left when everything nobody holds is gone; freed buffers are counted one turn later. */
async function usedBytes(): Promise<number> {
  collectGarbage();
  await new Promise(setImmediate);
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

describe('replies that are damaged', () => {
  const seed = fuzzSeed();

  it.each(sources)(
    `never make the parser throw anything but UNEXPECTED_REPLY, loop or keep memory: %s`,
    async (name, transcripts, create) => {
      const replies = transcripts.flatMap(repliesOf);
      const random = new SeededRandom(seed);
      let pushed = 0;
      let understood = 0;
      const before = await usedBytes();
      while (pushed < MUTATED_BYTES / sources.length) {
        const stream = mutatedStream(replies, random);
        try {
          const count = readStream(stream, create, random);
          // A reply takes bytes: more replies than bytes would be a loop.
          if (count > stream.length) throw new Error('The parser invents replies.');
          understood += count;
        } catch (error) {
          throw new Error(`${name} with MEMKIT_FUZZ_SEED=${String(seed)}: ${stream.toString('latin1')}`, {
            cause: error,
          });
        }
        pushed += stream.length;
      }
      expect((await usedBytes()) - before).toBeLessThan(MAX_GROWTH_BYTES);
      // Most of it is read: what stopped at the first byte would prove little.
      expect(understood).toBeGreaterThan(pushed / 1000);
    },
  );

  it.each([
    ['text', new TextReplyParser(() => undefined), Buffer.from('VA 1073741824\r\n')],
    ['binary', new BinaryReplyParser(() => undefined), headerOfGibibyte()],
  ])('make no %s parser take memory for what is only announced', async (_, parser, announcement) => {
    const before = await usedBytes();
    parser.push(announcement);
    parser.push(Buffer.alloc(1000));
    expect((await usedBytes()) - before).toBeLessThan(MAX_HELD_BYTES);
    parser.push(Buffer.alloc(1000));
  });
});

function headerOfGibibyte(): Buffer {
  const header = Buffer.alloc(24);
  header.writeUInt8(0x81, 0);
  header.writeUInt32BE(0x4000_0000, 8);
  return header;
}
