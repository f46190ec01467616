/** Keys chosen by a pattern, for faults and for recorded calls. */
import { MemcacheError } from '@memkit/protocol';

/** A key, or with `*` for any characters a group of keys (`'user:*'`), or a regular expression. */
export type KeyPattern = string | RegExp;

/** Whether a key, as text, is meant. */
export type KeyTest = (key: string) => boolean;

const NON_ASCII = /[^\u0000-\u007f]/; // eslint-disable-line no-control-regex -- the whole of ASCII is meant

/** A key as the wire has it, one character for each byte -> the text a person wrote. */
export function keyText(key: string): string {
  return NON_ASCII.test(key) ? Buffer.from(key, 'latin1').toString() : key;
}

/**
 * One test for several patterns: a key is meant when any of them matches.
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function compileKeyPatterns(patterns: readonly KeyPattern[], action: string): KeyTest {
  const expressions = patterns.map((pattern) => toExpression(pattern, action));
  if (expressions.length === 0) throw patternError(action, 'there is no pattern');
  return (key) => expressions.some((expression) => expression.test(key));
}

function toExpression(pattern: unknown, action: string): RegExp {
  // Without g and y: those remember where the last match ended.
  if (pattern instanceof RegExp) return new RegExp(pattern.source, pattern.flags.replace(/[gy]/g, ''));
  if (typeof pattern !== 'string') throw patternError(action, `a pattern is of type ${typeof pattern}`);
  if (pattern === '') throw patternError(action, 'a pattern is empty, and no key is');
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[\\^$.+?()[\]{}|/-]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`, 's');
}

function patternError(action: string, detail: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action,
    detail,
    hint: "Give keys, patterns such as 'user:*', or regular expressions.",
  });
}
