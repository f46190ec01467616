import { isMemcacheError, type MemcacheError } from '@memkit/protocol';
import type { Command } from './command.js';

/** What a failed attempt allows. `elsewhere`: nothing was written. `again`: it was, and repeating it is harmless. */
export type Verdict = 'elsewhere' | 'again' | 'fail';

/** A command is repeated only inside its deadline, and only if nothing was written or it is idempotent. */
export function judgeFailure(error: unknown, command: { readonly isIdempotent: boolean }): Verdict {
  if (!isMemcacheError(error)) return 'fail';
  switch (error.code) {
    case 'MEMCACHE_CONNECT_FAILED':
      return 'elsewhere';
    case 'MEMCACHE_CONNECTION_LOST':
      return command.isIdempotent ? 'again' : 'fail';
    default:
      return 'fail';
  }
}

const SERVER_FAILURES: ReadonlySet<string> = new Set([
  'MEMCACHE_CONNECT_FAILED',
  'MEMCACHE_CONNECTION_LOST',
  'MEMCACHE_TIMEOUT',
  'MEMCACHE_UNEXPECTED_REPLY',
]);

/** There was no answer, or none that means anything, which says something about the server; an error reply does not. */
export function isServerFailure(error: unknown): error is MemcacheError {
  return isMemcacheError(error) && SERVER_FAILURES.has(error.code);
}

/** All requests on the connection share it, so it counts once for all of them. */
export function endsConnection({ code }: MemcacheError): boolean {
  return code === 'MEMCACHE_CONNECTION_LOST' || code === 'MEMCACHE_UNEXPECTED_REPLY';
}

const ANSWERS: ReadonlySet<string> = new Set([
  'MEMCACHE_SERVER_ERROR',
  'MEMCACHE_NOT_A_NUMBER',
  'MEMCACHE_ITEM_TOO_LARGE',
  'MEMCACHE_NOT_PERMITTED',
  'MEMCACHE_UNKNOWN_COMMAND',
]);

/** The server itself said no, so it is alive; a full queue or a closed client says nothing about it. */
export function isServerAnswer(error: unknown): boolean {
  return isMemcacheError(error) && ANSWERS.has(error.code);
}

const HARMLESS: ReadonlySet<string> = new Set([...ANSWERS, 'MEMCACHE_CLIENT_CLOSED', 'MEMCACHE_CLIENT_ERROR']);

/** The server may not have done what it was asked. Not so when it said no, nor when the caller gave the operation up. */
export function mayHaveMissed(error: unknown): boolean {
  return isMemcacheError(error) && !HARMLESS.has(error.code);
}

/** The server left the list while the command waited for it, and asking another one is harmless. */
export function wasLeft(error: unknown, command: { readonly isIdempotent: boolean }): boolean {
  return command.isIdempotent && isMemcacheError(error) && error.code === 'MEMCACHE_CLIENT_CLOSED';
}

/** The caller aborted a change that its server may carry out all the same. A signal's reason is no error of ours. */
export function wasGivenUp(error: unknown, { effect }: Pick<Command<unknown, unknown>, 'effect'>): boolean {
  return !isMemcacheError(error) && effect !== 'read' && effect !== 'touch';
}
