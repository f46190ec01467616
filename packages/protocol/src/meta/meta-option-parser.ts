/** Flag tokens of a meta command -> options, or memcached's error line. Knows nothing of items or streams. */
import type { MemcachedVersion } from '../text/memcached-version.js';
import { readStrictInt32, readStrictUint32, readStrictUint64 } from '../text/strict-numbers.js';
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

type FlagReaders = Readonly<Record<string, FlagReader>>;

interface NumberReaders {
  readonly int32: (token: string) => number | undefined;
  readonly uint32: (token: string) => number | undefined;
  readonly uint64: (token: string) => bigint | undefined;
}

/** Letter -> what it does. A letter that is not here is refused; one that a command has no use for is ignored. */
function flagReaders({ int32, uint32, uint64 }: NumberReaders, mode: FlagReader): FlagReaders {
  return {
    b: (options) => {
      options.isBinaryKey = true;
      return undefined;
    },
    N: (options, value) => ((options.vivify = int32(value)) === undefined ? BAD_TOKEN : undefined),
    T: (options, value) => ((options.exptime = int32(value)) === undefined ? BAD_TOKEN : undefined),
    R: (options, value) => ((options.recache = int32(value)) === undefined ? BAD_TOKEN : undefined),
    C: (options, value) => ((options.cas = uint64(value)) === undefined ? BAD_TOKEN : undefined),
    E: (options, value) => ((options.newCas = uint64(value)) === undefined ? BAD_TOKEN : undefined),
    F: (options, value) => {
      const flags = uint32(value);
      options.clientFlags = flags ?? 0;
      // memcached forgets to set a message of its own here; the default of the command stays (1.6.18).
      return flags === undefined ? '' : undefined;
    },
    J: (options, value) => {
      const initial = uint64(value);
      options.initial = initial ?? 0n;
      return initial === undefined ? 'CLIENT_ERROR invalid numeric initial value' : undefined;
    },
    D: (options, value) => {
      const delta = uint64(value);
      options.delta = delta ?? 1n;
      return delta === undefined ? 'CLIENT_ERROR invalid numeric delta value' : undefined;
    },
    M: mode,
    x: (options) => {
      options.dropsValue = true;
      return undefined;
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
}

/** One character; 1.6.45 takes the first of several. */
const FLAG_READERS: Readonly<Record<MemcachedVersion, FlagReaders>> = {
  '1.6.18': flagReaders({ int32: readInt32, uint32: readUint32, uint64: readUint64 }, (options, value, token) => {
    options.mode = value;
    return token.length === 2 ? undefined : 'CLIENT_ERROR incorrect length for M token';
  }),
  '1.6.45': flagReaders(
    { int32: readStrictInt32, uint32: readStrictUint32, uint64: readStrictUint64 },
    (options, value) => {
      options.mode = value.charAt(0);
      return undefined;
    },
  ),
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
  version: MemcachedVersion,
): MetaOptions | { readonly error: string } {
  const readers = FLAG_READERS[version];
  const options = emptyOptions(tokens);
  const seen = new Set<string>();
  let error: string | undefined;
  for (const token of tokens) {
    const letter = token.charAt(0);
    if (letter >= '\x7f' || seen.has(letter)) return { error: 'CLIENT_ERROR duplicate flag' };
    seen.add(letter);
    const read = readers[letter];
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
  return tokens.some(isLongOpaque);
}

/** The tokens in front of such a one: where memcached meets it while it works on a reply, it stops. */
export function tokensBeforeLongOpaque(tokens: readonly string[]): readonly string[] {
  const at = tokens.findIndex(isLongOpaque);
  return at < 0 ? tokens : tokens.slice(0, at);
}

function isLongOpaque(token: string): boolean {
  return token.startsWith('O') && token.length > MAX_OPAQUE_BYTES;
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
    newCas: undefined,
    dropsValue: false,
    invalidate: false,
    mode: undefined,
    delta: 1n,
    initial: 0n,
  };
}
