import { describe, expect, it } from '@jest/globals';
import type { ExpectedItems } from './expected-items.js';
import { TextReplyParser } from './text-reply-parser.js';

/** A request that was asked with these keys, and all items that reach it, by either way, in their order. */
class Asked implements ExpectedItems {
  readonly came: [key: string, data: string | undefined, flags: number][] = [];
  /** How many of them needed no reply object. */
  taken = 0;
  readonly #keys: string[];

  constructor(keys: readonly string[]) {
    this.#keys = [...keys];
  }

  get nextKey(): string | undefined {
    return this.#keys[0];
  }

  take(data: Buffer, flags: number): void {
    this.taken += 1;
    this.came.push([this.#keys.shift() ?? '', data.toString(), flags]);
  }

  read(...chunks: readonly Buffer[]): this {
    const parser = new TextReplyParser(
      ({ text, data, flags }) => {
        this.came.push([text, data?.toString(), flags]);
        if (text === this.#keys[0]) this.#keys.shift();
      },
      { answering: this },
    );
    for (const chunk of chunks) {
      const reused = Buffer.from(chunk);
      parser.push(reused);
      reused.fill('?');
    }
    return this;
  }
}

const bytes = Buffer.from(
  'VALUE key:1 0 1\r\na\r\nVALUE key:2 4294967295 0\r\n\r\nVALUE schlüssel 7 12\r\nEND\r\nVALUE k\r\n' +
    'VALUE key:3 12 2\r\nxy\r\nEND\r\n',
);
const items = [
  ['key:1', 'a', 0],
  ['key:2', '', 4_294_967_295],
  ['schlüssel', 'END\r\nVALUE k', 7],
  ['key:3', 'xy', 12],
  ['', undefined, 0],
];

describe('items of many keys', () => {
  it.each([
    ['those that came', ['key:1', 'key:2', 'schlüssel', 'key:3']],
    ['some that are missing', ['key:0', 'key:1', 'key:2', 'key:2+', 'schlüssel', 'key:3']],
    ['another order', ['key:3', 'key:2', 'key:1']],
    ['beginnings of keys', ['key:1', 'key:', 'k', '']],
    ['longer keys', ['key:1', 'key:22', 'key:33']],
    ['nothing', []],
  ])('are read, cut at every position, when %s were expected', (_, keys) => {
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      expect(new Asked(keys).read(bytes.subarray(0, cut), bytes.subarray(cut)).came).toEqual(items);
    }
  });

  it('need no reply while they come whole and in order', () => {
    const plain = Array.from({ length: 5 }, (__, at) => `VALUE key:${String(at)} 0 1\r\nv\r\n`).join('');
    expect(new Asked(['key:0', 'key:1', 'key:2', 'key:3', 'key:4']).read(Buffer.from(plain)).taken).toBe(5);
  });

  it.each([
    'VALUE key:2 x 1\r\nb\r\n',
    'VALUE key:2  1\r\nb\r\n',
    'VALUE key:2 0 \r\nb\r\n',
    'VALUE key:2 0 x\r\nb\r\n',
    'VALUE key:2 4294967296 1\r\nb\r\n',
    'VALUE key:2 0 1\nb\r\n',
    'VALUE key:2 0 1\r\nbb\r\n',
    'VALUE key:2 0 3\r\nb\r\nEND\r\n',
  ])('are refused like any others: %j', (second) => {
    const read = () => new Asked(['key:1', 'key:2']).read(Buffer.from(`VALUE key:1 0 1\r\na\r\n${second}`));
    expect(read).toThrow(expect.objectContaining({ code: 'MEMCACHE_UNEXPECTED_REPLY' }));
  });
});
