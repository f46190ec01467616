/** The option `auth`: what a login needs, checked before anything is opened. Messages never hold a credential. */
import { assertKnownOptions } from '@memkit/protocol/internal';
import type { AuthMechanism, AuthOptions, CredentialsFunction } from './memcache-options.js';
import { assertObject, invalid, oneOf, typeOf } from './option-checks.js';

const MECHANISMS: readonly AuthMechanism[] = ['auto', 'sasl', 'ascii', 'memcachier'];

/** @throws `MEMCACHE_INVALID_OPTION` */
export function assertAuthOption(auth: unknown): asserts auth is AuthOptions | CredentialsFunction {
  if (typeof auth !== 'function') assertCredentials(auth, 'auth');
}

/**
 * @param option who gave the credentials, for the message
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function assertCredentials(auth: unknown, option: string): asserts auth is AuthOptions {
  assertObject(auth, option);
  assertKnownOptions(auth, ['username', 'password', 'mechanism'], option);
  const { username, password, mechanism } = auth as Record<keyof AuthOptions, unknown>;
  if (typeof username !== 'string' || username === '') {
    const got = username === '' ? 'an empty string' : typeOf(username);
    throw invalid(`${option}.username`, `got ${got}`, 'Give a string.');
  }
  if (typeof password !== 'string') throw invalid(`${option}.password`, `got ${typeOf(password)}`, 'Give a string.');
  const problem = unsendable(username) ?? unsendable(password);
  if (problem !== undefined) throw invalid(option, `username or password holds ${problem.what}`, problem.hint);
  oneOf(mechanism, MECHANISMS, `${option}.mechanism`);
}

/**
 * What no login can carry: SASL PLAIN separates its fields by NUL (RFC 4616, section 2), and a line end would begin another
 * command in the ASCII logins.
 */
export function unsendable(text: string): { readonly what: string; readonly hint: string } | undefined {
  if (text.includes('\0')) return { what: 'a NUL character', hint: 'SASL PLAIN cannot send one.' };
  if (!/[\r\n]/.test(text)) return undefined;
  return { what: 'a line end', hint: 'Take it away; a file or a shell may have added it.' };
}
