/**
 * Client side of the classic text protocol: bytes -> replies. A retrieval is answered by zero or more `value` replies and
 * one `status` reply with the word END; everything else is one reply. Knows nothing of requests, sockets or time.
 */
import { LineFramer, NO_BODY, unexpectedReply } from '../bytes/line-framer.js';
import { describeStranger } from './stranger.js';

export interface TextValueReply {
  readonly kind: 'value';
  readonly key: string;
  readonly flags: number;
  readonly data: Buffer;
  /** 0n for get and gat. */
  readonly cas: bigint;
}

export interface TextStatReply {
  readonly kind: 'stat';
  readonly name: string;
  readonly value: string;
}

/** The new value of incr and decr. */
export interface TextNumberReply {
  readonly kind: 'number';
  readonly value: bigint;
}

export interface TextStatusReply {
  readonly kind: 'status';
  readonly word: TextStatusWord;
  /** What follows the word: the reason of an error, the version. */
  readonly text: string;
}

export type TextReply = TextValueReply | TextStatReply | TextNumberReply | TextStatusReply;

const statusWords = [
  'END',
  'STORED',
  'NOT_STORED',
  'EXISTS',
  'NOT_FOUND',
  'DELETED',
  'TOUCHED',
  'OK',
  'RESET',
  'VERSION',
  'ERROR',
  'CLIENT_ERROR',
  'SERVER_ERROR',
] as const;
export type TextStatusWord = (typeof statusWords)[number];
const knownWords: ReadonlySet<string> = new Set(statusWords);

const VALUE_LINE = /^VALUE ([^ ]+) (\d{1,10}) (\d{1,15})(?: (\d{1,20}))?$/;
const STAT_LINE = /^STAT ([^ ]+) ?(.*)$/;
// memcached pads with spaces when a decrement makes the number shorter.
const NUMBER_LINE = /^(\d{1,20}) *$/;

export class TextReplyParser {
  readonly #onReply: (reply: TextReply) => void;
  readonly #framer: LineFramer;
  #value: Omit<TextValueReply, 'data'> = { kind: 'value', key: '', flags: 0, cas: 0n };

  constructor(onReply: (reply: TextReply) => void) {
    this.#onReply = onReply;
    this.#framer = new LineFramer({
      line: (bytes, start, end) => this.#line(bytes.toString('utf8', start, end)),
      body: (data) => {
        this.#onReply({ ...this.#value, data });
      },
    });
  }

  /**
   * Takes the next bytes of the stream and reports every reply that is now whole.
   * @throws `MEMCACHE_UNEXPECTED_REPLY`; the connection must be given up then
   */
  push(chunk: Buffer): void {
    this.#framer.push(chunk);
  }

  #line(line: string): number {
    if (line.startsWith('VALUE ')) return this.#startValue(line);
    this.#onReply(readLine(line));
    return NO_BODY;
  }

  #startValue(line: string): number {
    const match = VALUE_LINE.exec(line);
    if (match === null) throw unexpectedReply('a VALUE line lacks key, flags or length');
    const [, key = '', flags, size, cas = '0'] = match;
    this.#value = { kind: 'value', key, flags: Number(flags), cas: BigInt(cas) };
    return Number(size);
  }
}

function readLine(line: string): TextReply {
  const stat = STAT_LINE.exec(line);
  if (stat !== null) return { kind: 'stat', name: stat[1] ?? '', value: stat[2] ?? '' };
  const number = NUMBER_LINE.exec(line);
  if (number !== null) return { kind: 'number', value: BigInt(number[1] ?? '') };
  const space = line.indexOf(' ');
  const word = space < 0 ? line : line.slice(0, space);
  if (!isStatusWord(word)) throw unexpectedReply(describeStranger(line));
  return { kind: 'status', word, text: space < 0 ? '' : line.slice(space + 1) };
}

function isStatusWord(word: string): word is TextStatusWord {
  return knownWords.has(word);
}
