/**
 * The flags of the meta commands: one table per command, letter -> name and kind of argument
 * (memcached doc/protocol.txt, "Meta Commands"; measured on 1.6.18, which refuses md x and E).
 */

/** `none`: the bare letter. `number`: decimal digits. `signed`: digits, may be negative. `token`: any characters. */
export type MetaArgument = 'none' | 'number' | 'signed' | 'token';

export interface MetaFlag {
  readonly name: string;
  /** What follows the letter in a request. */
  readonly request: MetaArgument;
  /** What follows the letter in a reply; absent when the flag never comes back. */
  readonly reply?: MetaArgument;
}

type FlagTable = Readonly<Record<string, MetaFlag>>;

const everyCommand = {
  b: { name: 'base64Key', request: 'none', reply: 'none' },
  k: { name: 'returnKey', request: 'none', reply: 'token' },
  O: { name: 'opaque', request: 'token', reply: 'token' },
  q: { name: 'quiet', request: 'none' },
  // Hints for proxies; memcached ignores them (protocol.txt: "reserved for proxy").
  P: { name: 'proxyPath', request: 'token' },
  L: { name: 'proxyLocation', request: 'token' },
} as const satisfies FlagTable;

const get = {
  ...everyCommand,
  c: { name: 'returnCas', request: 'none', reply: 'number' },
  f: { name: 'returnFlags', request: 'none', reply: 'number' },
  h: { name: 'returnHit', request: 'none', reply: 'number' },
  l: { name: 'returnLastAccess', request: 'none', reply: 'number' },
  s: { name: 'returnSize', request: 'none', reply: 'number' },
  t: { name: 'returnTtl', request: 'none', reply: 'signed' },
  v: { name: 'returnValue', request: 'none' },
  E: { name: 'newCas', request: 'number' },
  N: { name: 'vivifyTtl', request: 'signed' },
  R: { name: 'recacheTtl', request: 'signed' },
  T: { name: 'updateTtl', request: 'signed' },
} as const satisfies FlagTable;

const set = {
  ...everyCommand,
  c: { name: 'returnCas', request: 'none', reply: 'number' },
  C: { name: 'compareCas', request: 'number' },
  E: { name: 'newCas', request: 'number' },
  F: { name: 'clientFlags', request: 'number' },
  I: { name: 'invalidate', request: 'none' },
  M: { name: 'mode', request: 'token' },
  N: { name: 'vivifyTtl', request: 'signed' },
  T: { name: 'ttl', request: 'signed' },
} as const satisfies FlagTable;

const remove = {
  ...everyCommand,
  C: { name: 'compareCas', request: 'number' },
  E: { name: 'newCas', request: 'number' },
  I: { name: 'invalidate', request: 'none' },
  T: { name: 'updateTtl', request: 'signed' },
  x: { name: 'dropValue', request: 'none' },
} as const satisfies FlagTable;

const arithmetic = {
  ...everyCommand,
  c: { name: 'returnCas', request: 'none', reply: 'number' },
  t: { name: 'returnTtl', request: 'none', reply: 'signed' },
  v: { name: 'returnValue', request: 'none' },
  C: { name: 'compareCas', request: 'number' },
  D: { name: 'delta', request: 'number' },
  E: { name: 'newCas', request: 'number' },
  J: { name: 'initial', request: 'number' },
  M: { name: 'mode', request: 'token' },
  N: { name: 'vivifyTtl', request: 'signed' },
  T: { name: 'updateTtl', request: 'signed' },
} as const satisfies FlagTable;

export const metaFlags = {
  mg: get,
  ms: set,
  md: remove,
  ma: arithmetic,
  mn: {},
  me: { b: everyCommand.b },
} as const satisfies Readonly<Record<string, FlagTable>>;

export type MetaCommand = keyof typeof metaFlags;

/** Letters only replies carry: the holder of the win token, a stale item, a token someone else holds. */
export const metaReplyFlags = {
  W: { name: 'won' },
  X: { name: 'stale' },
  Z: { name: 'alreadyWon' },
} as const;

/** Arguments of the mode flag M of ms; the server accepts both cases. */
export const metaSetModes = { set: 'S', add: 'E', replace: 'R', append: 'A', prepend: 'P' } as const;

/** Arguments of the mode flag M of ma; the server accepts + and - too. */
export const metaArithmeticModes = { increment: 'I', decrement: 'D' } as const;

/** The flag behind a letter, or `undefined` when the command has none of that letter. */
export function findMetaFlag(command: MetaCommand, letter: string): MetaFlag | undefined {
  const table: FlagTable = metaFlags[command];
  return Object.hasOwn(table, letter) ? table[letter] : undefined;
}
