/**
 * The part of Ruby's Marshal that is data: nil, booleans, numbers, strings, symbols, arrays and hashes. Objects, classes
 * and everything that Ruby would call a method for are refused.
 * Source: doc/marshal.rdoc of Ruby, format 4.8.
 *
 *   04 08            version
 *   0 T F            nil, true, false
 *   i <long>         whole number of up to 31 bits          l <sign> <long: 16 bit words> <bytes>   a longer one
 *   f <bytes>        number in decimal notation             " <bytes>   bytes        : <bytes>   symbol, ; <long> again
 *   [ <long> ...     array    { <long> ...   hash           I <value> <long> ...   value with instance variables
 *   @ <long>         an object of before, by its place      <bytes>: <long: count> and the bytes
 */
import { isPlainObject } from '../plain-values.js';
import { asBytes, readFloat } from './value-kind.js';

const VERSION = Buffer.from([4, 8]);
const DEEPEST = 512;
/** The instance variable E => true, which says that a string is UTF-8. */
const UTF8_MARK = Buffer.from([0x06, 0x3a, 0x06, 0x45, 0x54]);
const UTF8_MARK_AGAIN = Buffer.from([0x06, 0x3b, 0x00, 0x54]);
const SMALL_MOST = 2 ** 30 - 1;
const SMALL_LEAST = -(2 ** 30);

/** `undefined` for what has no plain form. Keys of objects become strings. */
export function marshalDump(value: unknown): Buffer | undefined {
  const dump = new Dump();
  return dump.add(value, new Set()) ? Buffer.concat([VERSION, ...dump.parts]) : undefined;
}

class Dump {
  readonly parts: Buffer[] = [];
  #hasMark = false;

  /** `false`: the value has no plain form. */
  add(value: unknown, above: Set<object>): boolean {
    const bytes = asBytes(value);
    if (bytes !== undefined) return this.#push('"', long(bytes.length), bytes);
    if (value === null) return this.#push('0');
    switch (typeof value) {
      case 'boolean':
        return this.#push(value ? 'T' : 'F');
      case 'string':
        return this.#string(value);
      case 'bigint':
        return this.#whole(value);
      case 'number':
        return Number.isSafeInteger(value) ? this.#whole(BigInt(value)) : this.#float(value);
      case 'object':
        return this.#nested(value, above);
      default:
        return false;
    }
  }

  #push(type: string, ...parts: Buffer[]): true {
    this.parts.push(Buffer.from(type, 'latin1'), ...parts);
    return true;
  }

  #string(value: string): true {
    const text = Buffer.from(value);
    this.#push('I"', long(text.length), text, this.#hasMark ? UTF8_MARK_AGAIN : UTF8_MARK);
    this.#hasMark = true;
    return true;
  }

  #whole(value: bigint): true {
    if (value >= SMALL_LEAST && value <= SMALL_MOST) return this.#push('i', long(Number(value)));
    const digits = (value < 0n ? -value : value).toString(16);
    const words = Math.ceil(digits.length / 4);
    const bytes = Buffer.from(digits.padStart(words * 4, '0'), 'hex').reverse();
    return this.#push(value < 0n ? 'l-' : 'l+', long(words), bytes);
  }

  #float(value: number): true {
    const special = Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
    const text = Buffer.from(Number.isFinite(value) ? String(value).replace('e+', 'e') : special);
    return this.#push('f', long(text.length), text);
  }

  #nested(value: object, above: Set<object>): boolean {
    if (above.has(value) || above.size > DEEPEST) return false;
    above.add(value);
    const isWhole = Array.isArray(value) ? this.#array(value, above) : this.#hash(value, above);
    above.delete(value);
    return isWhole;
  }

  #array(list: readonly unknown[], above: Set<object>): boolean {
    this.#push('[', long(list.length));
    // Not every(), which leaves out the holes of a list.
    for (const child of list) if (!this.add(child ?? null, above)) return false;
    return true;
  }

  #hash(value: object, above: Set<object>): boolean {
    if (!isPlainObject(value)) return false;
    const entries = Object.entries(value).filter(([, child]) => child !== undefined);
    this.#push('{', long(entries.length));
    return entries.every(([name, child]) => {
      this.#string(name);
      return this.add(child, above);
    });
  }
}

/** Ruby's packed whole number: one byte up to 122, else the count of bytes and the bytes, little-endian. */
function long(value: number): Buffer {
  if (value === 0) return Buffer.from([0]);
  if (value > 0 && value < 123) return Buffer.from([value + 5]);
  if (value < 0 && value > -124) return Buffer.from([(value - 5) & 0xff]);
  const bytes: number[] = [];
  let rest = value;
  const end = value < 0 ? -1 : 0;
  while (rest !== end) {
    bytes.push(rest & 0xff);
    rest >>= 8;
  }
  return Buffer.from([value < 0 ? 256 - bytes.length : bytes.length, ...bytes]);
}

/** The value, or `undefined` when the bytes are not that part of the format. */
export function marshalLoad(data: Buffer): unknown {
  if (!data.subarray(0, 2).equals(VERSION)) return undefined;
  const reader = new Load(data);
  const value = reader.value(0);
  return reader.isDone ? value : undefined;
}

/** `undefined` from any method: the bytes are something else. Ruby has no undefined. */
class Load {
  readonly #data: Buffer;
  readonly #symbols: string[] = [];
  readonly #objects: unknown[] = [];
  #at = 2;

  constructor(data: Buffer) {
    this.#data = data;
  }

  get isDone(): boolean {
    return this.#at === this.#data.length;
  }

  value(depth: number): unknown {
    if (depth > DEEPEST) return undefined;
    switch (this.#character()) {
      case '0':
        return null;
      case 'T':
        return true;
      case 'F':
        return false;
      case 'i':
        return this.#long();
      case 'l':
        return this.#remember(this.#bignum());
      case 'f':
        return this.#remember(this.#float());
      case '"':
        return this.#remember(this.#bytes());
      case 'I':
        return this.#withVariables(depth);
      case ':':
      case ';':
        this.#at -= 1;
        return this.#symbol();
      case '@':
        return this.#objects[this.#long() ?? -1];
      case '[':
        return this.#array(depth);
      case '{':
        return this.#hash(depth);
      default:
        return undefined;
    }
  }

  #remember<Value>(value: Value): Value {
    this.#objects.push(value);
    return value;
  }

  /** A string with its encoding; other values with instance variables are objects. */
  #withVariables(depth: number): unknown {
    if (this.#character() !== '"') return undefined;
    const bytes = this.#bytes();
    const place = this.#objects.push(bytes) - 1;
    const count = this.#long() ?? -1;
    if (bytes === undefined || count < 0) return undefined;
    let isText = false;
    for (let one = 0; one < count; one += 1) {
      const name = this.#symbol();
      const value = this.value(depth + 1);
      if (name === undefined || value === undefined) return undefined;
      // E is true for UTF-8 and false for US-ASCII; any other encoding has a name and stays bytes.
      if (name === 'E') isText = true;
    }
    const string = isText ? bytes.toString('utf8') : bytes;
    this.#objects[place] = string;
    return string;
  }

  #array(depth: number): unknown {
    const count = this.#long() ?? -1;
    if (count < 0) return undefined;
    const list: unknown[] = this.#remember([]);
    for (let place = 0; place < count; place += 1) {
      const child = this.value(depth + 1);
      if (child === undefined) return undefined;
      list.push(child);
    }
    return list;
  }

  #hash(depth: number): unknown {
    const count = this.#long() ?? -1;
    if (count < 0) return undefined;
    const hash: Record<string, unknown> = this.#remember({});
    for (let place = 0; place < count; place += 1) {
      const key = this.value(depth + 1);
      const child = this.value(depth + 1);
      if (child === undefined || (typeof key !== 'string' && typeof key !== 'number')) return undefined;
      // Not an assignment: a key "__proto__" is a property like any other.
      Object.defineProperty(hash, key, { value: child, enumerable: true, writable: true, configurable: true });
    }
    return hash;
  }

  #symbol(): string | undefined {
    const type = this.#character();
    if (type === ';') return this.#symbols[this.#long() ?? -1];
    const name = type === ':' ? this.#bytes()?.toString('utf8') : undefined;
    if (name !== undefined) this.#symbols.push(name);
    return name;
  }

  #bignum(): number | bigint | undefined {
    const sign = this.#character();
    const bytes = this.#take(2 * (this.#long() ?? -1));
    if (bytes === undefined || bytes.length === 0 || (sign !== '+' && sign !== '-')) return undefined;
    const size = BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
    const whole = sign === '-' ? -size : size;
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
  }

  #float(): number | undefined {
    return readFloat(this.#bytes()?.toString('latin1') ?? '');
  }

  #bytes(): Buffer | undefined {
    const bytes = this.#take(this.#long() ?? -1);
    return bytes === undefined ? undefined : Buffer.from(bytes);
  }

  #long(): number | undefined {
    const first = this.#take(1)?.readInt8();
    if (first === undefined || first === 0) return first;
    if (first > 4) return first - 5;
    if (first < -4) return first + 5;
    const bytes = this.#take(Math.abs(first));
    if (bytes === undefined) return undefined;
    return first > 0 ? bytes.readUIntLE(0, first) : bytes.readUIntLE(0, -first) - 2 ** (8 * -first);
  }

  #character(): string {
    return this.#take(1)?.toString('latin1') ?? '';
  }

  #take(size: number): Buffer | undefined {
    if (size < 0 || this.#at + size > this.#data.length) return undefined;
    this.#at += size;
    return this.#data.subarray(this.#at - size, this.#at);
  }
}
