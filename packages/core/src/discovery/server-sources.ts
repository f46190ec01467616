/**
 * Where servers are looked for in the environment, in this order; within a kind, the first by name comes first:
 *
 *   MEMCACHIER_SERVERS       with MEMCACHIER_USERNAME and MEMCACHIER_PASSWORD           MemCachier
 *   MEMCACHEDCLOUD_SERVERS   with MEMCACHEDCLOUD_USERNAME and MEMCACHEDCLOUD_PASSWORD   Memcached Cloud
 *                            both also with a word between, MEMCACHIER_BLUE_SERVERS: attachments on Heroku, by name
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
import { lookUp, namesMatching, type CredentialVariables, type Environment } from './environment.js';
import { findAliasUrls, findDockerLinks, findDokkuUrls } from './link-variables.js';
import type { ServerSource } from './server-source.js';
import { findServices } from './service-bindings.js';

export interface SourceKind {
  /** As "looked at" lists it. */
  readonly name: string;
  /** Reads nothing yet: what is never chosen cannot fail. */
  readonly find: (environment: Environment, notes: string[]) => ServerSource[];
}

const ADD_ONS = ['MEMCACHIER', 'MEMCACHEDCLOUD'];
const PREFIXES = [...ADD_ONS, 'MEMCACHE'];

/** Variables with servers and those with their credentials: those of the table, and the attachments that there are. */
export function credentialVariables(environment: Environment): CredentialVariables[] {
  return PREFIXES.flatMap((prefix) => [namesOf(prefix), ...attachments(environment, prefix)]);
}

export const sourceKinds: readonly SourceKind[] = [
  ...PREFIXES.map(withCredentials),
  variable('MEMCACHED_URL'),
  variable('MEMCACHE_URL'),
  { name: 'VCAP_SERVICES', find: (environment, notes) => findServices(environment, 'VCAP_SERVICES', notes) },
  { name: 'STACKATO_SERVICES', find: (environment, notes) => findServices(environment, 'STACKATO_SERVICES', notes) },
  { name: 'DOKKU_MEMCACHED_*_URL', find: findDokkuUrls },
  { name: '*_URL with a scheme of memcache', find: findAliasUrls },
  { name: '*_PORT_11211_TCP_ADDR', find: findDockerLinks },
];

function namesOf(prefix: string): CredentialVariables {
  return { servers: `${prefix}_SERVERS`, username: `${prefix}_USERNAME`, password: `${prefix}_PASSWORD` };
}

/** `MEMCACHIER_BLUE_SERVERS`: an add-on attached under another name, or for the second time. */
function attachments(environment: Environment, prefix: string): CredentialVariables[] {
  if (!ADD_ONS.includes(prefix)) return [];
  return namesMatching(environment, new RegExp(`^${prefix}_.+_SERVERS$`)).map((name) =>
    namesOf(name.slice(0, -'_SERVERS'.length)),
  );
}

function withCredentials(prefix: string): SourceKind {
  const plain = namesOf(prefix);
  return {
    name: plain.servers,
    find: (environment) =>
      [plain, ...attachments(environment, prefix)].flatMap((credentials) =>
        find(environment, credentials.servers, credentials),
      ),
  };
}

function variable(name: string): SourceKind {
  return { name, find: (environment) => find(environment, name) };
}

function find(environment: Environment, name: string, credentials?: CredentialVariables): ServerSource[] {
  const text = lookUp(environment, name);
  const choice = `{ servers: process.env.${name} }`;
  return text === undefined ? [] : [{ name, credentials, choice, read: () => readVariable(text, name) }];
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function readVariable(text: string, name: string): ServerList {
  const list = parseServerList(text, name);
  if (!name.startsWith('MEMCACHIER_')) return list;
  return { ...list, servers: list.servers.map((server) => ({ ...server, sizeRule: 'key-and-value' })) };
}
