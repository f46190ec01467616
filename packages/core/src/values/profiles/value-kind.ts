/** The kinds of values that other clients tell apart by flags, for the tables of their formats. */
import { isUtf8 } from 'node:buffer';
import { serialize } from '../json-serializer.js';
import { bytesOf, toCount } from '../plain-values.js';

export interface ValueKind {
  readonly flags: number;
  /** What the flags say, as a noun, for messages. */
  readonly name: string;
  /** Text or bytes of a value of this kind, `undefined` for a value of another kind. Absent: the kind is only read. */
  readonly write?: (value: unknown, key: string) => string | Buffer | undefined;
  /** The value, or `undefined` when the bytes are something else. Absent: bytes that only that client's language reads. */
  readonly read?: (data: Buffer) => unknown;
  /** Appended bytes belong to the value. */
  readonly grows?: true;
}

export function text(flags: number): ValueKind {
  return { flags, name: 'text', grows: true, write: asText, read: (data) => data.toString('utf8') };
}

export function bytes(flags: number): ValueKind {
  return { flags, name: 'bytes', grows: true, write: asBytes, read: (data) => data };
}

/** Text and bytes that share their flags: valid UTF-8 is read as text, anything else as bytes. */
export function textOrBytes(flags: number): ValueKind {
  return {
    flags,
    name: 'text or bytes',
    grows: true,
    write: (value) => asText(value) ?? asBytes(value),
    read: (data) => (isUtf8(data) ? data.toString('utf8') : data),
  };
}

/** Whole numbers as decimal digits, bigints included. */
export function wholeNumber(flags: number): ValueKind {
  return {
    flags,
    name: 'a whole number',
    write: (value) => (typeof value === 'bigint' || Number.isSafeInteger(value) ? String(value) : undefined),
    read: readWholeNumber,
  };
}

/** Numbers in decimal notation. */
export function decimal(flags: number): ValueKind {
  return { flags, name: 'a number', write: asDecimal, read: readDecimal };
}

/** Any value that JSON has a word for; the last kind of a table. */
export function json(flags: number): ValueKind {
  return { flags, name: 'JSON', write: serialize, read: readJson };
}

/** The serialized objects of another language, which are neither read nor executed. */
export function foreign(flags: number, name: string): ValueKind {
  return { flags, name };
}

/** A kind that the client reads and no longer writes. */
export function onlyRead({ flags, name, read, grows }: ValueKind): ValueKind {
  return { flags, name, ...(read && { read }), ...(grows && { grows }) };
}

export function asText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function asBytes(value: unknown): Buffer | undefined {
  return value instanceof Uint8Array ? bytesOf(value) : undefined;
}

export function asDecimal(value: unknown): string | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined;
}

export function readWholeNumber(data: Buffer): number | bigint | undefined {
  // The server pads a number that lost a digit with spaces (memcached.c, do_add_delta).
  const digits = data.toString('latin1').trimEnd();
  return /^-?\d{1,400}$/.test(digits) ? toCount(BigInt(digits)) : undefined;
}

const special: ReadonlyMap<string, number> = new Map([
  ['nan', Number.NaN],
  ['inf', Number.POSITIVE_INFINITY],
  ['-inf', Number.NEGATIVE_INFINITY],
]);

/** A number with a fraction as other languages print it; `undefined` for other text. */
export function readFloat(printed: string): number | undefined {
  const named = special.get(printed.toLowerCase());
  if (named !== undefined) return named;
  return /^-?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(printed) ? Number(printed) : undefined;
}

export function readDecimal(data: Buffer): number | bigint | undefined {
  return readWholeNumber(data) ?? readFloat(data.toString('latin1'));
}

function readJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    return undefined;
  }
}
