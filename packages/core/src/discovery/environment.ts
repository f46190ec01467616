import { MemcacheError } from '@memkit/protocol';
import type { AuthOptions } from '../options/memcache-options.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The variable's text as it is, because a password may end in a space; `undefined` when it is not set or blank, as
 * platforms do to unset one.
 */
export function lookUp(environment: Environment, name: string): string | undefined {
  const text = environment[name];
  return text === undefined || text.trim() === '' ? undefined : text;
}

/** Names of the variables that are set and not blank, in the order of the alphabet. */
export function namesMatching(environment: Environment, pattern: RegExp): string[] {
  return Object.keys(environment)
    .filter((name) => pattern.test(name) && lookUp(environment, name) !== undefined)
    .sort();
}

/** Variables that hold the credentials of the servers in another one. */
export interface CredentialVariables {
  readonly servers: string;
  readonly username: string;
  readonly password: string;
}

/**
 * `undefined` when there are none.
 * @throws `MEMCACHE_INVALID_OPTION` when only one half is set
 */
export function readCredentials(environment: Environment, names: CredentialVariables): AuthOptions | undefined {
  const username = lookUp(environment, names.username);
  const password = lookUp(environment, names.password);
  if (username !== undefined && password !== undefined) return { username, password };
  if (username === undefined && password === undefined) return undefined;
  const [set, missing] = username === undefined ? [names.password, names.username] : [names.username, names.password];
  throw new MemcacheError('INVALID_OPTION', {
    action: `Cannot use ${set}`,
    detail: `${missing} is not set`,
    hint: 'Set both or neither.',
  });
}

export function isProduction(environment: Environment): boolean {
  return environment['NODE_ENV'] === 'production';
}
