/** Checks that options share: each throws one sentence with what was given and what is allowed. */
import { MemcacheError } from '@memkit/protocol';
import { LONGEST_TIMER_MS } from '@memkit/protocol/internal';
import { parseDuration, type Duration } from './duration.js';

/** A duration that a timer can wait for; `undefined` as it is. */
export function timerDuration(duration: Duration | undefined, option: string): number | undefined {
  if (duration === undefined) return undefined;
  const ms = parseDuration(duration, option);
  if (ms <= LONGEST_TIMER_MS) return ms;
  throw invalid(option, `it is longer than ${String(LONGEST_TIMER_MS)} milliseconds (24 days)`, 'Give a shorter span.');
}

export function oneOf<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
  option: string,
): Choice | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  const got = typeof value === 'string' ? JSON.stringify(value) : typeOf(value);
  throw invalid(option, `got ${got}`, `Allowed: ${choices.map((known) => `'${known}'`).join(', ')}.`);
}

export interface WholeNumbers {
  readonly least: number;
  readonly most: number;
}

export function wholeNumber(value: unknown, { least, most }: WholeNumbers, option: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  const got = typeof value === 'number' ? String(value) : typeOf(value);
  throw invalid(option, `got ${got}`, `Allowed: a whole number from ${String(least)} to ${String(most)}.`);
}

/** `true` and `false`, and the words that a URL can hold. */
export function flag(value: unknown, option: string): boolean | undefined {
  if (value === undefined || typeof value === 'boolean') return value;
  if (value === 'true') return true;
  if (value === 'false') return false;
  throw invalid(
    option,
    `got ${typeof value === 'string' ? JSON.stringify(value) : typeOf(value)}`,
    'Give true or false.',
  );
}

export function assertObject(value: unknown, option: string, where?: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw invalid(option, `got ${typeOf(value)}`, 'Give an object.', where);
}

export function invalid(option: string, detail: string, hint: string, where?: string): MemcacheError {
  const of = where === undefined ? '' : ` of ${where}`;
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use option "${option}"${of}`, detail, hint });
}

export function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
