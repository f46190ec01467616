/**
 * The environment variables memkit reads, in the order in which they are looked at:
 *
 *   MEMCACHIER_SERVERS  with MEMCACHIER_USERNAME and MEMCACHIER_PASSWORD   (MemCachier)
 *   MEMCACHE_SERVERS    with MEMCACHE_USERNAME and MEMCACHE_PASSWORD       (what most clients read)
 *   MEMCACHED_URL, MEMCACHE_URL                                            (dokku, Stackato)
 *   NODE_ENV            'production': no embedded server
 */
import { MemcacheError } from '@memkit/protocol';
import type { AuthOptions } from '../options/memcache-options.js';
import { parseServerList, type ServerList } from './connection-url.js';

export type Environment = Readonly<Record<string, string | undefined>>;

export interface EnvironmentVariable {
  readonly name: string;
  readonly read: (text: string, where: string) => ServerList;
  /** Variables whose credentials belong to these servers. */
  readonly credentials?: { readonly username: string; readonly password: string };
}

export const environmentVariables: readonly EnvironmentVariable[] = [
  {
    name: 'MEMCACHIER_SERVERS',
    read: parseServerList,
    credentials: { username: 'MEMCACHIER_USERNAME', password: 'MEMCACHIER_PASSWORD' },
  },
  {
    name: 'MEMCACHE_SERVERS',
    read: parseServerList,
    credentials: { username: 'MEMCACHE_USERNAME', password: 'MEMCACHE_PASSWORD' },
  },
  { name: 'MEMCACHED_URL', read: parseServerList },
  { name: 'MEMCACHE_URL', read: parseServerList },
];

/**
 * The variable's text as it is, because a password may end in a space; `undefined` when it is not set or blank, as
 * platforms do to unset one.
 */
export function lookUp(environment: Environment, name: string): string | undefined {
  const text = environment[name];
  return text === undefined || text.trim() === '' ? undefined : text;
}

/**
 * The credentials of a variable's servers, `undefined` when there are none.
 * @throws `MEMCACHE_INVALID_OPTION` when only one half is set
 */
export function readCredentials(
  environment: Environment,
  { credentials }: EnvironmentVariable,
): AuthOptions | undefined {
  if (credentials === undefined) return undefined;
  const username = lookUp(environment, credentials.username);
  const password = lookUp(environment, credentials.password);
  if (username !== undefined && password !== undefined) return { username, password };
  if (username === undefined && password === undefined) return undefined;
  const [set, missing] =
    username === undefined
      ? [credentials.password, credentials.username]
      : [credentials.username, credentials.password];
  throw new MemcacheError('INVALID_OPTION', {
    action: `Cannot use ${set}`,
    detail: `${missing} is not set`,
    hint: 'Set both or neither.',
  });
}

export function isProduction(environment: Environment): boolean {
  return environment['NODE_ENV'] === 'production';
}
