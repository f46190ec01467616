/** Which recorded calls are meant. */
import { MemcacheError } from '@memkit/protocol';
import { assertKnownOptions } from '@memkit/protocol/internal';
import { assertFaultCommand, type FaultCommand } from '../faults/fault-command.js';
import { compileKeyPatterns, type KeyPattern } from '../faults/key-pattern.js';
import type { CallOutcome, RecordedCall } from './recorded-call.js';

/** Conditions on a call; all that are given must hold. A list means any of it. */
export interface CallConditions {
  readonly command?: FaultCommand | readonly FaultCommand[];
  /** A key, a pattern with `*`, or a regular expression; any key of the call may match. */
  readonly key?: KeyPattern | readonly KeyPattern[];
  readonly outcome?: CallOutcome | readonly CallOutcome[];
  readonly connection?: number;
}

/** Conditions, or a function that says whether a call is meant. */
export type CallFilter = CallConditions | ((call: RecordedCall) => boolean);

const KNOWN = ['command', 'key', 'outcome', 'connection'] as const satisfies readonly (keyof CallConditions)[];
const ACTION = 'Cannot choose calls';

/** @throws `MEMCACHE_INVALID_OPTION` */
export function compileCallFilter(filter: CallFilter | undefined): (call: RecordedCall) => boolean {
  if (filter === undefined) return () => true;
  if (typeof filter === 'function') return filter;
  assertKnownOptions(filter, KNOWN, 'server.calls');
  const tests: ((call: RecordedCall) => boolean)[] = [];
  const { connection } = filter;
  if (filter.command !== undefined) {
    const commands = listOf(filter.command);
    for (const command of commands) assertFaultCommand(command, ACTION);
    tests.push((call) => commands.includes(call.command));
  }
  if (filter.key !== undefined) {
    const isMeant = compileKeyPatterns(listOf(filter.key), ACTION);
    tests.push((call) => call.keys.some(isMeant));
  }
  if (filter.outcome !== undefined) {
    const outcomes = listOf(filter.outcome);
    for (const outcome of outcomes) assertOutcome(outcome);
    tests.push((call) => outcomes.includes(call.outcome));
  }
  if (connection !== undefined) tests.push((call) => call.connection === connection);
  return (call) => tests.every((test) => test(call));
}

const OUTCOMES: Readonly<Record<CallOutcome, true>> = {
  hit: true,
  miss: true,
  partial: true,
  stored: true,
  'not-stored': true,
  exists: true,
  deleted: true,
  changed: true,
  ok: true,
  'client-error': true,
  'server-error': true,
  'unknown-command': true,
  refused: true,
  fault: true,
};

/** A misspelled outcome would match no call, and a test that expects none would pass. */
function assertOutcome(outcome: string): void {
  if (Object.hasOwn(OUTCOMES, outcome)) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: ACTION,
    detail: `there is no outcome ${JSON.stringify(outcome)}`,
    hint: `Known outcomes: ${Object.keys(OUTCOMES).join(', ')}.`,
  });
}

function listOf<Value extends string | RegExp>(value: Value | readonly Value[]): readonly Value[] {
  return typeof value === 'string' || value instanceof RegExp ? [value] : value;
}
