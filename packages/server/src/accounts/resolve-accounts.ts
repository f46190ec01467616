/** The options `accounts`, `login` and `sasl` of createServer() -> who may log in, and how. */
import { assertCredentials, invalid, LOGIN_KINDS, type LoginKind, type ServerCredentials } from './credentials.js';

export interface AccountOptions {
  readonly accounts?: ServerCredentials | readonly ServerCredentials[];
  readonly login?: LoginKind;
  readonly sasl?: ServerCredentials | readonly ServerCredentials[];
}

export interface ResolvedAccounts {
  /** `undefined`: no login. */
  readonly login: LoginKind | undefined;
  readonly credentials: readonly ServerCredentials[];
}

const ACTION = 'Cannot create the server';

/** @throws `MEMCACHE_INVALID_OPTION` */
export function resolveAccounts({ accounts, login, sasl }: AccountOptions): ResolvedAccounts {
  if (sasl !== undefined && (accounts !== undefined || login !== undefined)) {
    throw invalid(ACTION, 'sasl is given beside accounts or login', "sasl is short for accounts with login 'sasl'.");
  }
  const given = accounts ?? sasl;
  if (given === undefined) {
    if (login === undefined) return { login, credentials: [] };
    throw invalid(ACTION, 'login is given without accounts', 'Give accounts: { username, password }.');
  }
  const kind = login ?? 'sasl';
  if (!LOGIN_KINDS.includes(kind)) {
    throw invalid(ACTION, `login is ${JSON.stringify(kind)}`, `Give one of ${LOGIN_KINDS.join(', ')}.`);
  }
  const credentials: readonly unknown[] = Array.isArray(given) ? given : [given];
  if (credentials.length === 0) {
    const option = accounts === undefined ? 'sasl' : 'accounts';
    throw invalid(ACTION, `${option} is an empty list, so nobody could log in`, 'Give at least one account.');
  }
  const checked = credentials.map((one) => asCredentials(one, kind));
  if (new Set(checked.map(({ username }) => username)).size < checked.length) {
    throw invalid(ACTION, 'two accounts have the same username', 'Give each account its own.');
  }
  return { login: kind, credentials: checked };
}

function asCredentials(one: unknown, login: LoginKind): ServerCredentials {
  assertCredentials(one, login, ACTION);
  return one;
}
