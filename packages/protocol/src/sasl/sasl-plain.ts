import { MemcacheError } from '../errors/memcache-error.js';

/** The mechanism's name on the wire. */
export const SASL_PLAIN = 'PLAIN';

/**
 * The message of SASL PLAIN (RFC 4616): authorization identity (empty), NUL, username, NUL, password, in UTF-8.
 * @throws `MEMCACHE_INVALID_OPTION` when a part holds a NUL, which would move the border between the two
 */
export function saslPlain(username: string, password: string): Buffer {
  if (username.includes('\0') || password.includes('\0')) {
    throw new MemcacheError('INVALID_OPTION', {
      action: 'Cannot log in with these credentials',
      detail: 'the username or the password holds a NUL character',
      hint: 'SASL PLAIN separates the two by NUL; use credentials without it.',
    });
  }
  return Buffer.from(`\0${username}\0${password}`);
}
