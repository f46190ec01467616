/** What an account is made of, checked. Messages never hold a password. */
import { MemcacheError } from '@memkit/protocol';
import { assertKnownOptions } from '@memkit/protocol/internal';

/**
 * How clients log in: `sasl` is memcached -S (binary protocol with SASL PLAIN and nothing else), `ascii` is memcached -Y
 * (text and meta behind `set <any key> 0 0 <n>` with the data `<username> <password>`), `memcachier` takes SASL PLAIN
 * over binary and, over text and meta, `set <username> 0 0 <n>` with the password as data.
 */
export type LoginKind = 'sasl' | 'ascii' | 'memcachier';

export const LOGIN_KINDS: readonly LoginKind[] = ['sasl', 'ascii', 'memcachier'];

/**
 * What an account may do beside reading. `write`: change items. `flush`: remove all of them by the flush command. `api`:
 * nothing in this server; kept for a management API that asks `server.accounts` who may use it.
 */
export type Capability = 'write' | 'flush' | 'api';

export const ALL_CAPABILITIES: readonly Capability[] = ['write', 'flush', 'api'];

/** A user who may log in. */
export interface ServerCredentials {
  readonly username: string;
  readonly password: string;
  /** What the user may do beside reading. Default: everything. An empty list is a read-only user. */
  readonly capabilities?: readonly Capability[];
}

const KNOWN_OPTIONS = ['username', 'password', 'capabilities'] as const satisfies readonly (keyof ServerCredentials)[];

/**
 * @param action what is being tried, for the message
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function assertCredentials(
  given: unknown,
  login: LoginKind,
  action: string,
): asserts given is ServerCredentials {
  assertKnownOptions(given, KNOWN_OPTIONS, 'an account');
  // Its names are known; what they hold is looked at below.
  const { username, password, capabilities } = given as Record<keyof ServerCredentials, unknown>;
  if (typeof username !== 'string' || username === '' || typeof password !== 'string') {
    throw invalid(action, 'an account needs a username and a password, both strings');
  }
  assertSendable(username, 'username', login, action);
  assertPassword(password, login, action);
  if (capabilities !== undefined) assertCapabilities(capabilities, action);
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function assertPassword(password: unknown, login: LoginKind, action: string): asserts password is string {
  if (typeof password !== 'string') throw invalid(action, `the password is ${typeOf(password)}, not a string`);
  assertSendable(password, 'password', login, action);
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function assertCapabilities(
  capabilities: unknown,
  action: string,
): asserts capabilities is readonly Capability[] {
  const known: readonly unknown[] = ALL_CAPABILITIES;
  if (Array.isArray(capabilities) && capabilities.every((name) => known.includes(name))) return;
  throw invalid(
    action,
    `capabilities is ${typeof capabilities === 'object' ? JSON.stringify(capabilities) : typeof capabilities}`,
    `Give a list of ${ALL_CAPABILITIES.join(', ')}; an empty one for a user who may only read.`,
  );
}

/**
 * What a login cannot carry: SASL PLAIN separates its fields by NUL (RFC 4616, section 2), lines of the text protocol
 * separate words by spaces.
 */
function assertSendable(text: string, field: 'username' | 'password', login: LoginKind, action: string): void {
  if (text.includes('\0')) throw invalid(action, `the ${field} holds a NUL character, which no login can send`);
  if (login === 'sasl') return;
  if (/[\r\n]/.test(text)) throw invalid(action, `the ${field} holds a line end, which no text client can send`);
  // In MemCachier's login only the username is a word of a line.
  if (/\s/.test(text) && (login === 'ascii' || field === 'username')) {
    throw invalid(action, `the ${field} holds a space, and the login "${login}" sends it as one word`);
  }
}

export function invalid(action: string, detail: string, hint?: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action, detail, hint });
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
