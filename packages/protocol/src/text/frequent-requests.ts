/**
 * The lines nearly every connection is made of, read where they lie: `get <key>`, `set <key> <flags> <exptime> <bytes>`,
 * `mg` and `ms` with the flags of an earlier one. Reads only what is whole, plain and beyond doubt; anything else is left
 * to the parsers of lines, which know all of memcached's rules and errors, and which give the same request.
 *
 *   mg user:42 v f\r\n       learned: " v f\r\n" -> its options
 *   mg user:43 v f\r\n       the same bytes behind the key: the same options
 *
 * A line costs a third of what it costs through words and options (250 against 800 ns on Node 20).
 */
import { ValueCopier } from '../bytes/body-buffer.js';
import type { MetaOptions, MetaStorageMode } from '../meta/meta-request.js';
import { canStoreItem } from '../rules/item-size.js';
import { MAX_KEY_BYTES } from '../rules/limits.js';
import type { TextRequest } from './text-request.js';

const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const ZERO = 0x30;
const [e, g, m, s, t] = [0x65, 0x67, 0x6d, 0x73, 0x74];
/** So many digits fit every field, and no rule about signs or large numbers applies. */
const PLAIN_DIGITS = 9;
const LINE_END = Buffer.from('\r\n');

const META_GET = /^mg [^\0-\x20]+( [^\0]*)?$/;
const META_SET = /^ms [^\0-\x20]+ \d{1,9}( [^\0]*)?$/;

/** What comes behind the key, or the length, of a line that was parsed, and what it meant. */
interface LearnedGet {
  readonly tail: Buffer;
  readonly options: MetaOptions;
}

interface LearnedSet extends LearnedGet {
  readonly mode: MetaStorageMode;
}

export class FrequentRequests {
  readonly #itemSizeMax: number;
  readonly #copier = new ValueCopier();
  #get: LearnedGet | undefined;
  #set: LearnedSet | undefined;
  /** Behind what was read last. */
  #at = 0;

  constructor(itemSizeMax: number) {
    this.#itemSizeMax = itemSizeMax;
  }

  /** Where the next request begins, after `read()` gave one. */
  get end(): number {
    return this.#at;
  }

  /** The request that begins at `start`; `undefined` when it is for the parsers of lines. */
  read(chunk: Buffer, start: number): TextRequest | undefined {
    const first = chunk[start];
    const second = chunk[start + 1];
    if (first === m && chunk[start + 2] === SPACE) {
      if (second === g) return this.#get === undefined ? undefined : this.#readMetaGet(chunk, start + 3, this.#get);
      if (second === s) return this.#set === undefined ? undefined : this.#readMetaSet(chunk, start + 3, this.#set);
    } else if (second === e && chunk[start + 2] === t && chunk[start + 3] === SPACE) {
      if (first === g) return this.#readGet(chunk, start + 4);
      if (first === s) return this.#readSet(chunk, start + 4);
    }
    return undefined;
  }

  /** Remembers what follows the key in a line that was parsed, unless it is another each time. */
  learn(line: Buffer, request: TextRequest): void {
    if (request.op !== 'meta-get' && request.op !== 'meta-set') return;
    const { options } = request;
    if (line.at(-1) !== CR || options.isBinaryKey || options.tokens.some((token) => token.startsWith('O'))) return;
    const text = line.toString('latin1', 0, line.length - 1);
    const match = (request.op === 'meta-get' ? META_GET : META_SET).exec(text);
    if (match === null) return;
    const tail = Buffer.concat([Buffer.from(match[1] ?? '', 'latin1'), LINE_END]);
    if (request.op === 'meta-get') this.#get = { tail, options };
    else this.#set = { tail, options, mode: request.mode };
  }

  /** The chunk may be overwritten from now on. */
  forgetChunk(): void {
    this.#copier.forget();
  }

  #readGet(chunk: Buffer, start: number): TextRequest | undefined {
    const end = keyEnd(chunk, start);
    if (end < 0 || chunk[end] !== CR || chunk[end + 1] !== LF) return undefined;
    this.#at = end + 2;
    const keys = [chunk.toString('latin1', start, end)];
    return { op: 'get', keys, withCas: false, exptime: undefined, refusal: undefined };
  }

  #readSet(chunk: Buffer, start: number): TextRequest | undefined {
    const end = keyEnd(chunk, start);
    if (end < 0 || chunk[end] !== SPACE) return undefined;
    const flags = this.#readNumber(chunk, end + 1);
    if (flags < 0 || chunk[this.#at] !== SPACE) return undefined;
    const exptime = this.#readNumber(chunk, this.#at + 1);
    if (exptime < 0 || chunk[this.#at] !== SPACE) return undefined;
    const length = this.#readNumber(chunk, this.#at + 1);
    if (length < 0 || chunk[this.#at] !== CR || chunk[this.#at + 1] !== LF) return undefined;
    const data = this.#readBody(chunk, this.#at + 2, end - start, length, flags);
    if (data === undefined) return undefined;
    const key = chunk.toString('latin1', start, end);
    return { op: 'store', mode: 'set', key, flags, exptime, cas: 0n, data, quiet: false };
  }

  #readMetaGet(chunk: Buffer, start: number, { tail, options }: LearnedGet): TextRequest | undefined {
    const end = keyEnd(chunk, start);
    if (end < 0 || !isAt(chunk, end, tail)) return undefined;
    this.#at = end + tail.length;
    return { op: 'meta-get', key: chunk.toString('latin1', start, end), options };
  }

  #readMetaSet(chunk: Buffer, start: number, { tail, options, mode }: LearnedSet): TextRequest | undefined {
    const end = keyEnd(chunk, start);
    if (end < 0 || chunk[end] !== SPACE) return undefined;
    const length = this.#readNumber(chunk, end + 1);
    if (length < 0 || !isAt(chunk, this.#at, tail)) return undefined;
    const data = this.#readBody(chunk, this.#at + tail.length, end - start, length, options.clientFlags);
    if (data === undefined) return undefined;
    return { op: 'meta-set', key: chunk.toString('latin1', start, end), mode, data, options };
  }

  /** -1 when no plain number begins there. */
  #readNumber(chunk: Buffer, start: number): number {
    let value = 0;
    let at = start;
    for (; at - start <= PLAIN_DIGITS; at += 1) {
      const digit = (chunk[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.#at = at;
    return at === start || at - start > PLAIN_DIGITS ? -1 : value;
  }

  /** A copy of the data, when all of it is there and allowed. */
  #readBody(chunk: Buffer, start: number, keyBytes: number, valueBytes: number, flags: number): Buffer | undefined {
    const end = start + valueBytes;
    if (chunk[end] !== CR || chunk[end + 1] !== LF) return undefined;
    if (!canStoreItem({ keyBytes, valueBytes, flags }, this.#itemSizeMax)) return undefined;
    this.#at = end + 2;
    return this.#copier.copy(chunk, start, end);
  }
}

/** -1 unless a key of allowed length ends in this chunk. */
function keyEnd(chunk: Buffer, start: number): number {
  const limit = Math.min(chunk.length, start + MAX_KEY_BYTES + 1);
  for (let at = start; at < limit; at += 1) {
    if ((chunk[at] ?? 0) > SPACE) continue;
    return at === start ? -1 : at;
  }
  return -1;
}

function isAt(chunk: Buffer, start: number, bytes: Buffer): boolean {
  for (let at = 0; at < bytes.length; at += 1) if (chunk[start + at] !== bytes[at]) return false;
  return true;
}
