/**
 * Client side of the meta protocol: bytes -> replies. Understands the classic lines a meta connection meets too (values
 * of a classic get, cluster configuration, stats, version, flush_all and the three kinds of errors). Knows nothing of
 * requests, sockets or time. Chunks may be overwritten after push(): nothing of them is kept.
 */
import { readDigits, readUint64 } from '../bytes/decimal.js';
import { LineFramer, NO_BODY, unexpectedReply } from '../bytes/line-framer.js';
import { readConfigSize } from '../text/config-line.js';
import { describeStranger } from '../text/stranger.js';
import { ValueLine } from '../text/value-line.js';

/** What a meta line can begin with, and the classic lines. */
export type MetaReplyCode =
  | 'VA'
  | 'HD'
  | 'EN'
  | 'NF'
  | 'NS'
  | 'EX'
  | 'MN'
  | 'ME'
  | 'OK'
  | 'VALUE'
  | 'CONFIG'
  | 'END'
  | 'STAT'
  | 'RESET'
  | 'VERSION'
  | 'ERROR'
  | 'CLIENT_ERROR'
  | 'SERVER_ERROR';

/** Flags a reply carries only when the request asked for more than value, client flags, CAS and opaque. */
export interface MetaReplyDetails {
  /** As sent: base64 when `isBase64Key`. */
  readonly key?: string;
  readonly isBase64Key?: boolean;
  /** Size of the value in bytes. */
  readonly size?: number;
  /** Seconds left; -1: does not expire. */
  readonly ttlSeconds?: number;
  readonly wasHit?: boolean;
  readonly lastAccessSeconds?: number;
  /** This reader is the one who should refill the item. */
  readonly won?: boolean;
  readonly isStale?: boolean;
  /** Another reader already refills it. */
  readonly alreadyWon?: boolean;
}

export class ReceivedMetaReply {
  readonly code: MetaReplyCode;
  /** The value of `VA` and `VALUE`, the text of `CONFIG`. */
  readonly data: Buffer | undefined;
  /** Client flags; 0 unless the request asked for them. */
  readonly flags: number;
  /** 0n unless the request asked for it. */
  readonly cas: bigint;
  /** The number the request carried in its O flag; `NO_OPAQUE` when none came back. */
  readonly opaque: number;
  /** The key of a `VALUE` line, otherwise what follows the code of a classic line. */
  readonly text: string;
  readonly details: MetaReplyDetails | undefined;

  constructor(
    code: MetaReplyCode,
    data: Buffer | undefined,
    flags: number,
    cas: bigint,
    opaque: number,
    text: string,
    details: MetaReplyDetails | undefined,
  ) {
    this.code = code;
    this.data = data;
    this.flags = flags;
    this.cas = cas;
    this.opaque = opaque;
    this.text = text;
    this.details = details;
  }
}

/** No opaque came, or one that is no number: this client sends numbers only. */
export const NO_OPAQUE = -1;

const SPACE = 0x20;
const pair = (letters: string): number => (letters.charCodeAt(0) << 8) | letters.charCodeAt(1);

const VA = pair('VA');
const metaCodes: ReadonlyMap<number, MetaReplyCode> = new Map(
  (['HD', 'EN', 'NF', 'NS', 'EX', 'MN', 'OK'] as const).map((code) => [pair(code), code]),
);
const plainReplies: ReadonlyMap<MetaReplyCode, ReceivedMetaReply> = new Map(
  [...metaCodes.values()].map((code) => [
    code,
    new ReceivedMetaReply(code, undefined, 0, 0n, NO_OPAQUE, '', undefined),
  ]),
);
const classicCodes: ReadonlySet<string> = new Set<MetaReplyCode>([
  'CONFIG',
  'END',
  'STAT',
  'RESET',
  'VERSION',
  'ME',
  'ERROR',
  'CLIENT_ERROR',
  'SERVER_ERROR',
]);

export class MetaReplyParser {
  readonly #onReply: (reply: ReceivedMetaReply) => void;
  readonly #framer: LineFramer;
  // The line whose value is still to come.
  #code: MetaReplyCode = 'VA';
  #flags = 0;
  #cas = 0n;
  #opaque = NO_OPAQUE;
  #text = '';
  #details: MetaReplyDetails | undefined;
  readonly #valueLine = new ValueLine();

  constructor(onReply: (reply: ReceivedMetaReply) => void) {
    this.#onReply = onReply;
    const isConfig = () => this.#code === 'CONFIG';
    this.#framer = new LineFramer({
      line: (bytes, start, end) => this.#line(bytes, start, end),
      body: (data) => {
        this.#report(this.#code, data);
      },
      get endsLoosely() {
        return isConfig();
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

  #line(bytes: Buffer, start: number, end: number): number {
    const length = end - start;
    if (length === 2 || bytes[start + 2] === SPACE) {
      const code = ((bytes[start] ?? 0) << 8) | (bytes[start + 1] ?? 0);
      if (code === VA) return this.#value(bytes, start + 3, end);
      const name = metaCodes.get(code);
      if (name !== undefined && length >= 2) {
        this.#status(name, bytes, start + 2, end);
        return NO_BODY;
      }
    }
    if (ValueLine.matches(bytes, start, end)) return this.#classicValue(bytes, start, end);
    const reply = classicReply(bytes, start, end);
    if (reply.code === 'CONFIG') {
      this.#expect('CONFIG', '');
      return readConfigSize(reply.text);
    }
    this.#onReply(reply);
    return NO_BODY;
  }

  #value(bytes: Buffer, start: number, end: number): number {
    const size = readDigits(bytes, start, end);
    if (size < 0) throw unexpectedReply('a value is announced without its length');
    let at = start;
    while (at < end && bytes[at] !== SPACE) at += 1;
    this.#expect('VA', '');
    this.#readFlags(bytes, at, end);
    return size;
  }

  #classicValue(bytes: Buffer, start: number, end: number): number {
    const line = this.#valueLine;
    const size = line.read(bytes, start, end);
    this.#expect('VALUE', line.key);
    this.#flags = line.flags;
    this.#cas = line.cas;
    return size;
  }

  #status(code: MetaReplyCode, bytes: Buffer, at: number, end: number): void {
    const plain = at === end ? plainReplies.get(code) : undefined;
    if (plain !== undefined) {
      this.#onReply(plain);
      return;
    }
    this.#expect(code, '');
    this.#readFlags(bytes, at, end);
    this.#report(code, undefined);
  }

  #expect(code: MetaReplyCode, text: string): void {
    this.#code = code;
    this.#flags = 0;
    this.#cas = 0n;
    this.#opaque = NO_OPAQUE;
    this.#text = text;
    this.#details = undefined;
  }

  #report(code: MetaReplyCode, data: Buffer | undefined): void {
    this.#onReply(new ReceivedMetaReply(code, data, this.#flags, this.#cas, this.#opaque, this.#text, this.#details));
  }

  /** ` f0 c12 O7 W`: reads the three flags of nearly every reply in place, the others through a string. */
  #readFlags(bytes: Buffer, start: number, end: number): void {
    let details: Mutable<MetaReplyDetails> | undefined;
    let at = start;
    while (at < end) {
      at += 1;
      const flagStart = at;
      while (at < end && bytes[at] !== SPACE) at += 1;
      if (at === flagStart) continue;
      const letter = bytes[flagStart] ?? 0;
      if (letter === 0x66) this.#flags = readNumber(bytes, flagStart + 1, at);
      else if (letter === 0x4f) this.#opaque = readDigits(bytes, flagStart + 1, at);
      else if (letter === 0x63) this.#cas = readUint64(bytes, flagStart + 1, at, 'a CAS token');
      else readDetail((details ??= {}), letter, bytes, flagStart + 1, at);
    }
    this.#details = details;
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Unknown letters are skipped: a newer server may send flags this version does not know. */
function readDetail(
  details: Mutable<MetaReplyDetails>,
  letter: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  switch (String.fromCharCode(letter)) {
    case 'k':
      details.key = bytes.toString('utf8', start, end);
      break;
    case 'b':
      details.isBase64Key = true;
      break;
    case 's':
      details.size = readNumber(bytes, start, end);
      break;
    case 't':
      details.ttlSeconds = bytes[start] === 0x2d ? -readNumber(bytes, start + 1, end) : readNumber(bytes, start, end);
      break;
    case 'h':
      details.wasHit = readNumber(bytes, start, end) !== 0;
      break;
    case 'l':
      details.lastAccessSeconds = readNumber(bytes, start, end);
      break;
    case 'W':
      details.won = true;
      break;
    case 'X':
      details.isStale = true;
      break;
    case 'Z':
      details.alreadyWon = true;
      break;
  }
}

function readNumber(bytes: Buffer, start: number, end: number): number {
  const value = readDigits(bytes, start, end);
  if (value < 0) throw unexpectedReply('a flag of a meta reply lacks its number');
  return value;
}

function classicReply(bytes: Buffer, start: number, end: number): ReceivedMetaReply {
  const line = bytes.toString('utf8', start, end);
  const space = line.indexOf(' ');
  const code = space < 0 ? line : line.slice(0, space);
  if (!isClassicCode(code)) throw unexpectedReply(describeStranger(line));
  return new ReceivedMetaReply(code, undefined, 0, 0n, NO_OPAQUE, space < 0 ? '' : line.slice(space + 1), undefined);
}

function isClassicCode(code: string): code is MetaReplyCode {
  return classicCodes.has(code);
}
