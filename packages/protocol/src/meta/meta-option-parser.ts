/** Flag tokens of a meta command -> options, or memcached's error line. Knows nothing of items or streams. */
import { readInt32, readUint32, readUint64 } from '../text/wire-numbers.js';
import type { MetaOptions } from './meta-request.js';

export const BAD_TOKEN = 'CLIENT_ERROR bad token in command line format';
export const LONG_OPAQUE = 'CLIENT_ERROR opaque token too long';
/** Longest opaque token with its letter, in bytes (MFLAG_MAX_OPAQUE_LENGTH, proto_text.c of 1.6.18). */
const MAX_OPAQUE_BYTES = 32;

type Writable = { -readonly [Name in keyof MetaOptions]: MetaOptions[Name] };

/** Reads one token into the options; gives the error line if its value is wrong. */
type FlagReader = (options: Writable, value: string, token: string) => string | undefined;

const accept: FlagReader = () => undefined;

/** Letter -> what it does. A letter that is not here is refused; one that a command has no use for is ignored. */
const FLAG_READERS: Readonly<Record<string, FlagReader>> = {
  b: (options) => {
    options.isBinaryKey = true;
    return undefined;
  },
  N: (options, value) => ((options.vivify = readInt32(value)) === undefined ? BAD_TOKEN : undefined),
  T: (options, value) => ((options.exptime = readInt32(value)) === undefined ? BAD_TOKEN : undefined),
  R: (options, value) => ((options.recache = readInt32(value)) === undefined ? BAD_TOKEN : undefined),
  C: (options, value) => ((options.cas = readUint64(value)) === undefined ? BAD_TOKEN : undefined),
  F: (options, value) => {
    const flags = readUint32(value);
    options.clientFlags = flags ?? 0;
    // memcached forgets to set a message of its own here; the default of the command stays (1.6.18).
    return flags === undefined ? '' : undefined;
  },
  J: (options, value) => {
    const initial = readUint64(value);
    options.initial = initial ?? 0n;
    return initial === undefined ? 'CLIENT_ERROR invalid numeric initial value' : undefined;
  },
  D: (options, value) => {
    const delta = readUint64(value);
    options.delta = delta ?? 1n;
    return delta === undefined ? 'CLIENT_ERROR invalid numeric delta value' : undefined;
  },
  M: (options, value, token) => {
    options.mode = value;
    return token.length === 2 ? undefined : 'CLIENT_ERROR incorrect length for M token';
  },
  I: (options) => {
    options.invalidate = true;
    return undefined;
  },
  v: (options) => {
    options.value = true;
    return undefined;
  },
  u: (options) => {
    options.noUpdate = true;
    return undefined;
  },
  q: (options) => {
    options.quiet = true;
    return undefined;
  },
  ...Object.fromEntries('lOPLkstcfh'.split('').map((letter) => [letter, accept])),
};

/**
 * Reads the tokens behind the key. Like memcached, an unknown or repeated letter ends the reading at once, a wrong
 * value is reported after the last token, and the last wrong one wins.
 * @param decodeKey called for `b`; `false` when the key is not base64
 */
export function parseMetaOptions(
  tokens: readonly string[],
  decodeKey: () => boolean,
  defaultError: string,
): MetaOptions | { readonly error: string } {
  const options = emptyOptions(tokens);
  const seen = new Set<string>();
  let error: string | undefined;
  for (const token of tokens) {
    const letter = token.charAt(0);
    if (letter >= '\x7f' || seen.has(letter)) return { error: 'CLIENT_ERROR duplicate flag' };
    seen.add(letter);
    const read = FLAG_READERS[letter];
    if (read === undefined) return { error: 'CLIENT_ERROR invalid flag' };
    const problem =
      letter === 'b' && !decodeKey() ? 'CLIENT_ERROR error decoding key' : read(options, token.slice(1), token);
    if (problem === undefined) continue;
    error = problem === '' ? (error ?? defaultError) : problem;
  }
  return error === undefined ? options : { error };
}

/** Whether the opaque token is longer than memcached repeats. */
export function hasLongOpaque(tokens: readonly string[]): boolean {
  return tokens.some((token) => token.startsWith('O') && token.length > MAX_OPAQUE_BYTES);
}

function emptyOptions(tokens: readonly string[]): Writable {
  return {
    tokens,
    isBinaryKey: false,
    quiet: false,
    value: false,
    noUpdate: false,
    vivify: undefined,
    exptime: undefined,
    recache: undefined,
    clientFlags: 0,
    cas: undefined,
    invalidate: false,
    mode: undefined,
    delta: 1n,
    initial: 0n,
  };
}
