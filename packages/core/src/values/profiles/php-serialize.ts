/**
 * The part of PHP's serialize() that is data: null, booleans, numbers, strings and arrays. Objects are refused; nothing
 * that is read makes PHP or this process run anything.
 *
 *   N;   b:1;   i:42;   d:1.5;   s:5:"hello";   a:2:{i:0;s:1:"a";i:1;N;}
 */
import { isUtf8 } from 'node:buffer';
import { isPlainObject } from '../plain-values.js';
import { readFloat } from './value-kind.js';

const DEEPEST = 512;

/** `undefined` for what PHP has no plain form for. Keys of objects that look like whole numbers become numbers, as in PHP. */
export function phpSerialize(value: unknown, above: ReadonlySet<object> = new Set()): string | undefined {
  if (value === null) return 'N;';
  switch (typeof value) {
    case 'boolean':
      return `b:${value ? '1' : '0'};`;
    case 'number':
      return Number.isSafeInteger(value) ? `i:${String(value)};` : `d:${phpDouble(value)};`;
    case 'string':
      return string(value);
    case 'object':
      return array(value, above);
    default:
      return undefined;
  }
}

function array(value: object, above: ReadonlySet<object>): string | undefined {
  if (above.has(value) || above.size > DEEPEST || !(Array.isArray(value) || isPlainObject(value))) return undefined;
  const isList = Array.isArray(value);
  // A list has an entry for each place, holes included, as in JSON.
  const entries = isList
    ? Array.from<unknown, [string, unknown]>(value as unknown[], (child, place) => [String(place), child])
    : Object.entries(value).filter(([, child]) => child !== undefined);
  const inside = new Set([...above, value]);
  let body = '';
  for (const [name, child] of entries) {
    const written = phpSerialize(child ?? null, inside);
    if (written === undefined) return undefined;
    const isNumber = isList || /^(0|-?[1-9]\d{0,14})$/.test(name);
    body += (isNumber ? `i:${name};` : string(name)) + written;
  }
  return `a:${String(entries.length)}:{${body}}`;
}

function string(text: string): string {
  return `s:${String(Buffer.byteLength(text))}:"${text}";`;
}

/** As PHP prints a number with a fraction. */
export function phpDouble(value: number): string {
  if (Number.isNaN(value)) return 'NAN';
  if (!Number.isFinite(value)) return value > 0 ? 'INF' : '-INF';
  return String(value).replace('e+', 'E+').replace('e-', 'E-');
}

/** The value, or `undefined` when the bytes are not that part of the format. */
export function phpUnserialize(data: Buffer): unknown {
  const reader = new Reader(data);
  const value = reader.value(0);
  return reader.isDone ? value : undefined;
}

/** `undefined` from any method: the bytes are something else. PHP has no undefined. */
class Reader {
  readonly #data: Buffer;
  #at = 0;

  constructor(data: Buffer) {
    this.#data = data;
  }

  get isDone(): boolean {
    return this.#at === this.#data.length;
  }

  value(depth: number): unknown {
    const type = this.#data.toString('latin1', this.#at, this.#at + 2);
    this.#at += 2;
    switch (type) {
      case 'N;':
        return null;
      case 'b:':
        return this.#boolean();
      case 'i:':
        return this.#whole();
      case 'd:':
        return readFloat(this.#until(';') ?? '');
      case 's:':
        return this.#string();
      case 'a:':
        return depth > DEEPEST ? undefined : this.#array(depth);
      default:
        return undefined;
    }
  }

  #boolean(): boolean | undefined {
    const digit = this.#until(';');
    return digit === '1' ? true : digit === '0' ? false : undefined;
  }

  #whole(): number | bigint | undefined {
    const digits = this.#until(';') ?? '';
    if (!/^-?\d{1,20}$/.test(digits)) return undefined;
    return Number.isSafeInteger(Number(digits)) ? Number(digits) : BigInt(digits);
  }

  #string(): string | Buffer | undefined {
    const length = this.#length();
    if (length === undefined) return undefined;
    const start = this.#at + 1;
    const end = start + length;
    if (this.#data[this.#at] !== QUOTE || this.#data[end] !== QUOTE || this.#data[end + 1] !== SEMICOLON)
      return undefined;
    this.#at = end + 2;
    const bytes = this.#data.subarray(start, end);
    return isUtf8(bytes) ? bytes.toString('utf8') : bytes;
  }

  #array(depth: number): unknown {
    const count = this.#length();
    if (count === undefined || this.#data[this.#at] !== OPEN) return undefined;
    this.#at += 1;
    const entries: [string, unknown][] = [];
    for (let place = 0; place < count; place += 1) {
      const key = this.value(depth + 1);
      const child = this.value(depth + 1);
      if (child === undefined || (typeof key !== 'string' && typeof key !== 'number')) return undefined;
      entries.push([String(key), child]);
    }
    if (this.#data[this.#at] !== CLOSE) return undefined;
    this.#at += 1;
    const isList = entries.every(([key], place) => key === String(place));
    // fromEntries defines properties, so that a key "__proto__" is a property like any other.
    return isList ? entries.map(([, child]) => child) : Object.fromEntries(entries);
  }

  #length(): number | undefined {
    const digits = this.#until(':') ?? '';
    return /^\d{1,9}$/.test(digits) ? Number(digits) : undefined;
  }

  #until(mark: string): string | undefined {
    const end = this.#data.indexOf(mark, this.#at, 'latin1');
    // No number is longer; a search through the rest for every element would take quadratic time.
    if (end < 0 || end - this.#at > LONGEST_NUMBER) return undefined;
    const found = this.#data.toString('latin1', this.#at, end);
    this.#at = end + 1;
    return found;
  }
}

const LONGEST_NUMBER = 400;
const [QUOTE, SEMICOLON, OPEN, CLOSE] = [0x22, 0x3b, 0x7b, 0x7d];
