/** What a stream of replies means must not hang on where it is cut: byte by byte nothing is whole, so only the line parser reads. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isMemcacheError } from '../errors/memcache-error.js';
import type { ExpectedItems } from './expected-items.js';
import { TextReplyParser } from './text-reply-parser.js';

/** How a stream was read: each reply or item in one line, and how it failed. */
type Told = readonly string[];

const show = (text: Buffer | undefined): string => text?.toString('latin1') ?? '-';

/** The keys of requests for many, in the order of the answers; `END` goes on to the next one. */
class Reader implements ExpectedItems {
  readonly told: string[] = [];
  readonly #requests: string[][];
  #isAnswering = false;
  readonly #parser: TextReplyParser;

  constructor(requests: readonly (readonly string[])[]) {
    this.#requests = requests.map((keys) => [...keys]);
    // Once their first item came, as in a driver.
    const expected = (): ExpectedItems | undefined => (this.#isAnswering ? this : undefined);
    const context = {
      get answering(): ExpectedItems | undefined {
        return expected();
      },
    };
    this.#parser = new TextReplyParser(({ code, data, flags, cas, opaque, text, details }) => {
      if (code === 'VALUE') this.#came(text, data, flags, cas);
      else this.told.push(`${code} ${show(data)} ${flags} ${cas} ${opaque} ${text} ${JSON.stringify(details)}`);
      if (code !== 'END') return;
      this.#isAnswering = false;
      this.#requests.shift();
    }, context);
  }

  get nextKey(): string | undefined {
    return this.#requests[0]?.[0];
  }

  take(data: Buffer, flags: number): void {
    this.#came(this.nextKey ?? '', data, flags, 0n);
  }

  /** Reads as a connection does: into the parser's room while it has one, otherwise into one buffer that is used again. */
  read(stream: Buffer, sizes: readonly number[]): Told {
    const shared = Buffer.alloc(64 * 1024);
    // The same object comes again with other bytes.
    const views = new Map<number, Buffer>();
    try {
      for (let at = 0, turn = 0; at < stream.length; turn += 1) {
        const target = this.#parser.room ?? shared;
        const size = Math.min(sizes[turn % sizes.length] ?? 1, target.length, stream.length - at);
        stream.copy(target, 0, at, at + size);
        const view = target === shared ? (views.get(size) ?? shared.subarray(0, size)) : target.subarray(0, size);
        if (target === shared) views.set(size, view);
        this.#parser.push(view);
        if (target === shared) shared.fill('?', 0, size);
        at += size;
      }
    } catch (error) {
      if (!isMemcacheError(error)) throw error;
      this.told.push(error.message);
    }
    return this.told;
  }

  #came(key: string, data: Buffer | undefined, flags: number, cas: bigint): void {
    this.told.push(`VALUE ${key} ${show(data)} ${flags} ${cas}`);
    const keys = this.#requests[0] ?? [];
    const place = keys.indexOf(key);
    if (place >= 0) keys.splice(0, place + 1);
    this.#isAnswering = true;
  }
}

const keys = ['a', 'key:2', 'schlüssel', 'k4'];
/** Around what is copied together (1,024 and 4,000 bytes) and what gets room of its own (32 KiB). */
const sizes = fc.oneof(
  { weight: 12, arbitrary: fc.nat(40) },
  { weight: 6, arbitrary: fc.constantFrom(0, 1, 1023, 1024, 1025) },
  { weight: 1, arbitrary: fc.constantFrom(3999, 4000, 4001, 33_000) },
);
const values = fc.oneof(
  sizes.map((size) => Buffer.alloc(size, 'value of some bytes\r\n')),
  fc
    .constantFrom('VA 2 f0 O1\r\nhi\r\n', 'HD O1\r\n', 'END\r\nHD O7\r\n', '\r\n', '\r', 'VALUE a 0 1\r\n')
    .map(Buffer.from),
);
const block = (head: string, data: Buffer): Buffer => Buffer.concat([Buffer.from(head), data, Buffer.from('\r\n')]);
const opaques = fc.constantFrom(0, 1, 9, 10, 99, 100, 9999, 4_294_967_295);
const metaValue = fc
  .tuple(values, fc.constantFrom(0, 7, 4_294_967_295), opaques, fc.constantFrom('', ' W', ' c9', ' k1'))
  .map(([data, flags, opaque, more]) => block(`VA ${data.length} f${flags} O${opaque}${more}\r\n`, data));
const metaStatus = fc
  .tuple(fc.constantFrom('HD', 'HD', 'HD', 'EN', 'NF', 'NS', 'EX'), opaques)
  .map(([code, opaque]) => Buffer.from(`${code} O${opaque}\r\n`));
const item = fc
  .tuple(fc.constantFrom(...keys, 'ab', 'key:22', 'key:'), values, fc.constantFrom('', ' 77'))
  .map(([key, data, cas]) => block(`VALUE ${key} 3 ${data.length}${cas}\r\n`, data));
const lines = [
  'END',
  'END',
  'END',
  'MN',
  'HD',
  'EN',
  'STORED',
  'NOT_FOUND',
  '42',
  '9  ',
  'STAT pid 1',
  'VERSION 1.6.45',
  'OK',
  'ERROR',
  'CLIENT_ERROR bad data chunk',
  'SERVER_ERROR out of memory',
  'CONFIG cluster 0 3\r\n12\n',
  'HD  O3',
] as const;
const reply = fc.oneof(
  metaValue,
  metaStatus,
  item,
  fc.constantFrom(...lines).map((line) => Buffer.from(`${line}\r\n`)),
);
/** What is refused, or only looks like a usual reply. */
const damage = fc
  .constantFrom(
    'VA 2 f0 O1\r\nh\r\n',
    'VA 2 f0 O1\r\nhii\r\n',
    'VA 2 f0 O1\nhi\r\n',
    'VA 1073741825 f0 O1\r\n',
    'VA 1073741824 f0 O1\r\nx',
    'VA 99999999999999999999 f0 O1\r\n',
    'VA 2 f4294967296 O1\r\nhi\r\n',
    'VA 2 f0 O4294967296\r\nhi\r\n',
    'VA 2 f0 O\r\nhi\r\n',
    'VA 2 f O1\r\nhi\r\n',
    'VA 2 f0 c7\r\nhi\r\n',
    'VA 2 f0 W\r\nhi\r\n',
    'VA 2 x0 O1\r\nhi\r\n',
    'VA  f0 O1\r\n',
    'VA',
    'VA 2 f0 O1\r',
    'VA 0 f0 O1\r\n',
    'HD O1',
    'HD O1\r',
    'HD O\r\n',
    'HD O1x\r\n',
    'HDO1\r\n',
    '\r\n',
    '\n',
    'VALUE a 0 5\r\nhi\r\n',
    'VALUE key:2 0 1\r\nhi\r\n',
    `HD O${'0'.repeat(8186)}1\r\n`,
    `HD O${'0'.repeat(8185)}1\r\n`,
    `VA 2 f0 O${'0'.repeat(8190)}1\r\nhi\r\n`,
    `VA 2 f${'0'.repeat(8190)} O1\r\nhi\r\n`,
    `VA ${'0'.repeat(8190)}2 f0 O1\r\nhi\r\n`,
    `VALUE a ${'0'.repeat(8190)} 1\r\nh\r\nEND\r\n`,
    `VALUE key:2 1 ${'0'.repeat(8190)}1\r\nh\r\nEND\r\n`,
  )
  .map(Buffer.from);

const streams = fc
  .tuple(fc.array(reply, { maxLength: 12 }), fc.array(damage, { maxLength: 1 }), fc.array(reply, { maxLength: 4 }))
  .map((parts) => Buffer.concat(parts.flat()));
const asked = fc.array(fc.subarray(keys), { maxLength: 4 });
const cuts = fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 60_000 })), {
  minLength: 1,
  maxLength: 6,
});

describe('a stream of replies', () => {
  it('means the same whole, in any pieces and byte by byte, and fails in the same way', () => {
    fc.assert(
      fc.property(streams, asked, cuts, (stream, requests, pieces) => {
        const slow = new Reader(requests).read(stream, [1]);
        expect(new Reader(requests).read(stream, [stream.length])).toEqual(slow);
        expect(new Reader(requests).read(stream, pieces)).toEqual(slow);
      }),
      { numRuns: 400 },
    );
  });
});
