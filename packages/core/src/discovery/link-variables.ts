/**
 * Variables of linked services whose names nobody knows beforehand.
 *
 *   DOKKU_MEMCACHED_<COLOUR>_URL=memcached://…      dokku, for every further service linked to an application
 *   <ALIAS>_URL=memcached://…                       dokku's `--alias`
 *   <LINK>_PORT_11211_TCP_ADDR=172.17.0.1           docker links, and Kubernetes for every service of the namespace,
 *   <LINK>_PORT_11211_TCP_PORT=11211                with _PORT_11211_TCP=tcp://… and _PORT=tcp://… beside them
 */
import { MemcacheError } from '@memkit/protocol';
import { isIPv6 } from 'node:net';
import { parseServerList } from './connection-url.js';
import { lookUp, namesMatching, type Environment } from './environment.js';
import type { ServerSource } from './server-source.js';

const DOKKU_URL = /^DOKKU_MEMCACHED_.+_URL$/;
const ANY_URL = /._URL$/;
const MEMCACHE_NAME = /MEMCACHE/;
const MEMCACHE_SCHEME = /^\s*memcache[a-z0-9+.-]*:\/\//i;
/** Read under their own names, in their own place. */
const GENERIC_URLS = ['MEMCACHED_URL', 'MEMCACHE_URL'];

/** `DOKKU_MEMCACHED_*_URL`, by name. */
export function findDokkuUrls(environment: Environment): ServerSource[] {
  return namesMatching(environment, DOKKU_URL).map((name) => urlSource(environment, name));
}

/**
 * Every other `*_URL` whose value has a scheme that starts with memcache, by name.
 * @param notes gets those that only sound like one
 */
export function findAliasUrls(environment: Environment, notes: string[]): ServerSource[] {
  const sources: ServerSource[] = [];
  for (const name of namesMatching(environment, ANY_URL)) {
    if (DOKKU_URL.test(name) || GENERIC_URLS.includes(name)) continue;
    if (MEMCACHE_SCHEME.test(lookUp(environment, name) ?? '')) sources.push(urlSource(environment, name));
    else if (MEMCACHE_NAME.test(name)) notes.push(`${name}: the scheme of its value is not one of memcache`);
  }
  return sources;
}

function urlSource(environment: Environment, name: string): ServerSource {
  return {
    name,
    choice: `{ servers: process.env.${name} }`,
    read: () => parseServerList(lookUp(environment, name) ?? '', name),
  };
}

const LINK = /^(.+)_PORT(_11211_TCP(_ADDR)?)?$/;
const TCP_URL = /^tcp:\/\/([^/?#]+)\/?$/;

/** Docker links to port 11211, or to any port when the name of the link says memcache; by name. */
export function findDockerLinks(environment: Environment): ServerSource[] {
  const links = namesMatching(environment, LINK).map((name) => LINK.exec(name)?.[1] ?? '');
  return [...new Set(links)].map((link) => readLink(environment, link)).filter((source) => source !== undefined);
}

function readLink(environment: Environment, link: string): ServerSource | undefined {
  const names = [`${link}_PORT_11211_TCP_ADDR`, `${link}_PORT_11211_TCP_PORT`, `${link}_PORT_11211_TCP`] as const;
  const [address, port, url] = names.map((name) => lookUp(environment, name)?.trim());
  if (address !== undefined) {
    const host = isIPv6(address) ? `[${address}]` : address;
    const name = port === undefined ? names[0] : `${names[0]} and ${names[1]}`;
    return linkSource(name, port === undefined ? host : `${host}:${port}`);
  }
  if (url !== undefined) return linkSource(names[2], TCP_URL.exec(url)?.[1]);
  const whole = lookUp(environment, `${link}_PORT`)?.trim() ?? '';
  // MEMCACHED_PORT=11211 is somebody's own variable, and no link.
  if (!whole.startsWith('tcp://')) return undefined;
  const server = TCP_URL.exec(whole)?.[1];
  const isMemcache = MEMCACHE_NAME.test(link) || server?.endsWith(':11211') === true;
  return isMemcache ? linkSource(`${link}_PORT`, server) : undefined;
}

function linkSource(name: string, server: string | undefined): ServerSource {
  return {
    name,
    choice: 'MEMCACHE_SERVERS set to its address',
    read: () => {
      if (server !== undefined) return parseServerList(server, name);
      throw new MemcacheError('INVALID_OPTION', {
        action: `Cannot use ${name}`,
        detail: 'its value is not an address as docker links have it',
        hint: 'Set MEMCACHE_SERVERS=host:11211 instead.',
      });
    },
  };
}
