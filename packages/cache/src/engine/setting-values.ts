/** Values of single options. `undefined` leaves the default, `false` turns it off. */
import { MemcacheError, parseDuration, type Duration } from '@memkit/core';

/** Taken off a ttl by chance: at most `ms`, or at most this share of it. */
export type Jitter = { readonly ms: number } | { readonly share: number };

/** @throws `MEMCACHE_INVALID_OPTION` */
export function parseSpan(
  span: Duration | false | undefined,
  option: string,
  base: number | undefined,
): number | undefined {
  if (span === undefined) return base;
  return span === false ? undefined : parseDuration(span, option);
}

/** @throws `MEMCACHE_INVALID_OPTION` unless it is one of the choices, whose meanings the message tells */
export function parseChoice<Choice extends string>(
  choice: Choice | undefined,
  option: string,
  choices: Readonly<Record<Choice, string>>,
  base: Choice,
): Choice {
  if (choice === undefined) return base;
  if (typeof choice === 'string' && Object.hasOwn(choices, choice)) return choice;
  const meanings = Object.entries(choices).map(([name, meaning]) => `'${name}' (${String(meaning)})`);
  throw invalidOption(option, `Write ${meanings.join(' or ')}.`);
}

/** @throws `MEMCACHE_INVALID_OPTION` unless it is above 0 and at most `highest`; a share (`highest` 1) is below it */
export function parseNumber<Base extends number | undefined>(
  value: number | false | undefined,
  option: string,
  highest: number,
  base: Base,
): number | undefined {
  if (value === undefined) return base;
  if (value === false) return undefined;
  if (typeof value === 'number' && value > 0 && (highest === 1 ? value < 1 : value <= highest)) return value;
  const range = highest === 1 ? 'between 0 and 1, such as 0.8' : `above 0 and at most ${String(highest)}`;
  throw invalidOption(option, `Give a number ${range}, or false.`);
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function parseJitter(
  jitter: Duration | number | false | undefined,
  base: Jitter | undefined,
): Jitter | undefined {
  if (jitter === undefined) return base;
  if (jitter === false) return undefined;
  if (typeof jitter !== 'number') return { ms: parseDuration(jitter, 'jitter') };
  if (jitter > 0 && jitter <= 1) return { share: jitter };
  throw invalidOption('jitter', "Give a span of time such as '30s', or a share of the ttl from 0 to 1, or false.");
}

export function invalidOption(option: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action: `Cannot use option "${option}"`,
    detail: 'its value is not one of those allowed',
    hint,
  });
}
