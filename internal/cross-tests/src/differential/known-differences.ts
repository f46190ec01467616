/**
 * What this server answers otherwise than memcached, on purpose: requests of these kinds stay out of the random sequences
 * for the builds they differ from, and every entry is shown to differ by its example. The README of the server gives the
 * same list.
 */
import { binaryOpcodes, MAX_KEY_BYTES, type MemcachedVersion } from '@memkit/protocol/internal';
import { binaryFrame } from './binary-operations.js';
import { lineOperation, type Operation } from './operation.js';

export interface KnownDifference {
  readonly what: string;
  readonly builds: readonly MemcachedVersion[];
  readonly why: string;
  /**
   * `left out`: not sent to these builds. `answers first`: memcached is made to send the answers before it, because it
   * differs only while they wait.
   */
  readonly remedy: 'left out' | 'answers first';
  /** Whether a request is of this kind. */
  readonly includes: (operation: Operation) => boolean;
  /** A sequence whose replies differ. */
  readonly example: readonly Operation[];
}

const BOTH: readonly MemcachedVersion[] = ['1.6.18', '1.6.45'];
const KNOWN_OPCODES: ReadonlySet<number> = new Set(
  Object.entries(binaryOpcodes).flatMap(([name, opcode]) => (name === 'verbosity' ? [] : [opcode])),
);
const COUNTING: ReadonlySet<number> = new Set(
  (['increment', 'incrementQuiet', 'decrement', 'decrementQuiet'] as const).map((name) => binaryOpcodes[name]),
);
/** With its letter. */
const MAX_OPAQUE_BYTES = 32;
const STORAGE = /^(set|add|replace|append|prepend|cas)$/;
const NO_PARTS = { extras: Buffer.alloc(0), key: '', value: '', cas: { exactly: 0n }, opaque: 1 } as const;

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  {
    what: 'Flags of 1.6.45 are served: E, x, C of mg, s of ms, N of ms',
    builds: ['1.6.18'],
    why: '1.6.18 refuses or ignores them; a test double should have all of today’s commands.',
    remedy: 'left out',
    includes: ({ words = [] }) => usesNewerFlag(words),
    example: [lineOperation('meta', 'ms a 1 E7 c\r\nx\r\n')],
  },
  {
    what: 'Behind a binary request with an unknown opcode exactly its body is skipped',
    builds: BOTH,
    why: 'memcached skips so many bytes of the next request as well, and answers only then.',
    remedy: 'left out',
    includes: ({ frame }) =>
      frame !== undefined && !KNOWN_OPCODES.has(frame.opcode) && frame.extras.length + frame.key.length > 0,
    example: [binaryFrame({ ...NO_PARTS, opcode: binaryOpcodes.verbosity, extras: Buffer.alloc(4) })],
  },
  {
    what: 'An ms that is refused behind its line takes no CAS value',
    builds: ['1.6.45'],
    why: '1.6.45 takes one before it reads the data, and gives it to the next store of the connection, whatever was stored in between.',
    remedy: 'left out',
    includes: (operation) => operation.words?.[0] === 'ms' && (isUnfinished(operation) || hasLongOpaque(operation)),
    example: ['ms a 1\r\nxyz\r\n', 'ms b 1 c\r\nx\r\n'].map((line) => lineOperation('meta', line)),
  },
  {
    what: 'A number of 2^63 and more is one whatever lies behind it in memory',
    builds: ['1.6.18'],
    why: '1.6.18 looks for a minus sign beyond its end, in what was stored in that place before.',
    remedy: 'left out',
    includes: ({ data = '', frame }) => data.includes('-') || frame?.value.includes('-') === true,
    example: [
      `set n 0 0 30\r\n${'-'.repeat(30)}\r\n`,
      'delete n\r\n',
      'set n 0 0 19\r\n9223372036854775808\r\n',
      'incr n 1\r\n',
    ].map((line) => lineOperation('text', line)),
  },
  {
    what: 'A number changed while the answer to a get of it waits in the same batch keeps its length',
    builds: BOTH,
    why: 'memcached stores a new item then, which loses trailing spaces and what else changes with the old one; whether an answer still waits is a matter of time.',
    remedy: 'answers first',
    includes: ({ words: [command = ''] = [], frame }) =>
      /^(incr|decr|ma)$/.test(command) || (frame !== undefined && COUNTING.has(frame.opcode)),
    example: ['set n 0 0 2\r\n10\r\n', 'mg n v\r\n', 'decr n 1\r\n', 'mg n v\r\n'].map((line) =>
      lineOperation('text', line),
    ),
  },
  {
    what: 'A get with a key of more than 250 bytes loses its own values, not earlier answers of the batch',
    builds: BOTH,
    why: 'memcached throws away every answer that waits, of other commands too.',
    remedy: 'answers first',
    includes: ({ words: [command = '', ...keys] = [] }) =>
      /^(b?gets?|gats?)$/.test(command) && keys.some((key) => key.length > MAX_KEY_BYTES),
    example: ['version\r\n', `get ${'k'.repeat(MAX_KEY_BYTES + 1)}\r\n`].map((line) => lineOperation('text', line)),
  },
  {
    what: 'Answers neither wait for the rest of a request behind them nor are lost when it ends the connection',
    builds: BOTH,
    why: 'memcached sends what waits only when the data of the next storage command has come, and not if the connection ends.',
    remedy: 'answers first',
    includes: (operation) => isUnfinished(operation) || endsBadly(operation),
    example: ['version\r\n', 'set a 0 0 100\r\nx\r\n'].map((line) => lineOperation('text', line)),
  },
];

/** Whether this request is left out of what is played to this build. */
export function isKnownToDiffer(operation: Operation, build: MemcachedVersion): boolean {
  return isOneOf(operation, build, 'left out');
}

/** Whether the answers before this request must be on their way. */
export function needsAnswersFirst(operation: Operation, build: MemcachedVersion): boolean {
  return isOneOf(operation, build, 'answers first');
}

function isOneOf(operation: Operation, build: MemcachedVersion, wanted: KnownDifference['remedy']): boolean {
  return KNOWN_DIFFERENCES.some(
    ({ builds, remedy, includes }) => remedy === wanted && builds.includes(build) && includes(operation),
  );
}

function hasLongOpaque({ words = [] }: Operation): boolean {
  return words.some((word) => word.startsWith('O') && word.length > MAX_OPAQUE_BYTES);
}

function endsBadly({ words = [], frame }: Operation): boolean {
  return frame?.magic !== undefined || words.at(-1)?.startsWith('HTTP/') === true;
}

/** Whether the data it announces is not the data it has. */
function isUnfinished({ words = [], data = '', frame }: Operation): boolean {
  if (frame !== undefined) {
    const { bodyBytes, extras, key, value } = frame;
    return bodyBytes !== undefined && bodyBytes > extras.length + key.length + value.length;
  }
  const [command = ''] = words;
  const announced = command === 'ms' ? words[2] : STORAGE.test(command) ? words[4] : undefined;
  return announced !== undefined && announced !== String(data.length - '\r\n'.length);
}

function usesNewerFlag([command = '', , ...rest]: readonly string[]): boolean {
  if (!/^m[gsda]$/.test(command)) return false;
  const letters = rest.map((word) => word.charAt(0));
  const newer = { mg: 'ExC', ms: 'ExsN', md: 'Ex', ma: 'Ex' }[command] ?? '';
  return letters.some((letter) => newer.includes(letter));
}
