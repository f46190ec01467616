/** Where a server's credentials come from. They lie in private fields only, which no `util.inspect` shows. */
import { isMemcacheError, MemcacheError } from '@memkit/protocol';
import { assertCredentials } from '../options/auth-option.js';
import type { AuthOptions, CredentialsFunction } from '../options/memcache-options.js';
import type { ConnectionFailure } from './connection-errors.js';

export const CREDENTIALS_HINT = 'Let it give { username, password }, or a promise of it, within the timeout.';

export class Credentials {
  readonly #source: AuthOptions | CredentialsFunction;

  constructor(source: AuthOptions | CredentialsFunction) {
    this.#source = source;
  }

  /** Whether asking again may give others. */
  get canChange(): boolean {
    return typeof this.#source === 'function';
  }

  /**
   * The credentials of now. Never settles when the function never does: the caller has a deadline.
   * @throws `MEMCACHE_AUTH_FAILED` when the function fails or gives something else than credentials
   */
  async read(): Promise<AuthOptions> {
    if (typeof this.#source !== 'function') return this.#source;
    let given: unknown;
    try {
      given = await this.#source();
    } catch (error) {
      throw useless('the function of option "auth" failed', error);
    }
    try {
      assertCredentials(given, 'auth');
    } catch (error) {
      const reason = isMemcacheError(error) ? error.message.replace(` ${error.hint}`, '') : 'unknown';
      throw useless(`the function of option "auth" gave no credentials (${reason})`, undefined);
    }
    // A copy: the caller may change its object, which would make new credentials look like the old ones.
    return { ...given };
  }
}

export function areSame(one: AuthOptions, other: AuthOptions): boolean {
  return one.username === other.username && one.password === other.password && one.mechanism === other.mechanism;
}

/** The failure of a connection whose credentials could not be had. */
export function credentialsFailure(error: unknown): ConnectionFailure {
  const detail = isMemcacheError(error)
    ? error.message.replace(/^[^:]*: /, '').replace(` ${error.hint}`, '')
    : undefined;
  return {
    name: 'AUTH_FAILED',
    detail: detail?.replace(/\.$/, '') ?? 'the credentials could not be had',
    hint: isMemcacheError(error) ? error.hint : undefined,
    cause: isMemcacheError(error) ? error.cause : error,
  };
}

function useless(detail: string, cause: unknown): MemcacheError {
  return new MemcacheError('AUTH_FAILED', {
    action: 'Cannot log in',
    detail,
    hint: CREDENTIALS_HINT,
    cause,
  });
}
