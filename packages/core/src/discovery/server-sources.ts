/**
 * Where servers are looked for in the environment, in this order; within a kind, the first by name comes first:
 *
 *   MEMCACHIER_SERVERS       with MEMCACHIER_USERNAME and MEMCACHIER_PASSWORD           MemCachier
 *   MEMCACHEDCLOUD_SERVERS   with MEMCACHEDCLOUD_USERNAME and MEMCACHEDCLOUD_PASSWORD   Memcached Cloud
 *   MEMCACHE_SERVERS         with MEMCACHE_USERNAME and MEMCACHE_PASSWORD               what most clients read
 *   MEMCACHED_URL            dokku, Stackato
 *   MEMCACHE_URL             Helion, older Stackato
 *   VCAP_SERVICES            Cloud Foundry, Stackato
 *   STACKATO_SERVICES        Stackato, Helion
 *   DOKKU_MEMCACHED_*_URL    dokku
 *   *_URL                    with a scheme that starts with memcache: dokku's aliases
 *   *_PORT_11211_TCP_ADDR    docker links, Kubernetes
 */
import { parseServerList, type ServerList } from './connection-url.js';
import { lookUp, type CredentialVariables, type Environment } from './environment.js';
import { findAliasUrls, findDockerLinks, findDokkuUrls } from './link-variables.js';
import type { ServerSource } from './server-source.js';
import { findServices } from './service-bindings.js';

export interface SourceKind {
  /** As "looked at" lists it. */
  readonly name: string;
  /** Reads nothing yet: what is never chosen cannot fail. */
  readonly find: (environment: Environment, notes: string[]) => ServerSource[];
}

/** Variables with servers and those with their credentials. */
export const credentialVariables = ['MEMCACHIER', 'MEMCACHEDCLOUD', 'MEMCACHE'].map((prefix): CredentialVariables => ({
  servers: `${prefix}_SERVERS`,
  username: `${prefix}_USERNAME`,
  password: `${prefix}_PASSWORD`,
}));

export const sourceKinds: readonly SourceKind[] = [
  ...credentialVariables.map((names) => variable(names.servers, names)),
  variable('MEMCACHED_URL'),
  variable('MEMCACHE_URL'),
  { name: 'VCAP_SERVICES', find: (environment, notes) => findServices(environment, 'VCAP_SERVICES', notes) },
  { name: 'STACKATO_SERVICES', find: (environment, notes) => findServices(environment, 'STACKATO_SERVICES', notes) },
  { name: 'DOKKU_MEMCACHED_*_URL', find: findDokkuUrls },
  { name: '*_URL with a scheme of memcache', find: findAliasUrls },
  { name: '*_PORT_11211_TCP_ADDR', find: findDockerLinks },
];

function variable(name: string, credentials?: CredentialVariables): SourceKind {
  return {
    name,
    find: (environment) => {
      const text = lookUp(environment, name);
      return text === undefined ? [] : [{ name, credentials, read: () => readVariable(text, name) }];
    },
  };
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function readVariable(text: string, name: string): ServerList {
  const list = parseServerList(text, name);
  if (name !== 'MEMCACHIER_SERVERS') return list;
  return { ...list, servers: list.servers.map((server) => ({ ...server, sizeRule: 'key-and-value' })) };
}
