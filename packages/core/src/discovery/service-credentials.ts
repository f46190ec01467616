/**
 * The shapes in which services hand out servers and credentials:
 *
 *   { servers: "h:p,h:p", username, password }                        Memcached Cloud, MemCachier
 *   { hostname | host, port, user | username, password }              memcached of Stackato and Helion
 *   { uri | url: "memcached://user:password@host:port" }              user-provided
 */
import { isIPv6 } from 'node:net';
import { MemcacheError } from '@memkit/protocol';
import type { AuthOptions } from '../options/memcache-options.js';
import { parseServerList, type ServerList } from './connection-url.js';
import { sizeRuleOf } from './size-rule.js';

type Fields = Readonly<Record<string, unknown>>;

const SHAPES = 'Give it servers, or host and port, or uri; and username with password where the server wants them.';

/**
 * @param where the service, for messages; they hold nothing of the credentials
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function readServiceCredentials(credentials: unknown, where: string, isMemcachier: boolean): ServerList {
  if (typeof credentials !== 'object' || credentials === null) throw invalid(where, 'it has no credentials');
  // An object parsed from JSON; every field is checked before it is used.
  const fields = credentials as Fields;
  const servers = serversOf(fields);
  if (servers === undefined) throw invalid(where, 'its credentials name no server');
  const list = parseServerList(servers, where, { isSecret: true });
  const shared = authOf(fields, where);
  const isTls = fields['tls'] === true || fields['tls'] === 'true';
  return {
    ...list,
    servers: list.servers.map((server) => ({
      ...server,
      auth: server.auth ?? shared,
      tls: server.tls || isTls,
      sizeRule: sizeRuleOf(server.host, isMemcachier),
    })),
  };
}

function serversOf(fields: Fields): string | string[] | undefined {
  const list = fields['servers'];
  if (Array.isArray(list)) {
    const texts = list.filter((entry): entry is string => typeof entry === 'string' && entry !== '');
    return texts.length === list.length && texts.length > 0 ? texts : undefined;
  }
  const url = textOf(fields, 'uri') ?? textOf(fields, 'url');
  const host = textOf(fields, 'hostname') ?? textOf(fields, 'host');
  // A url without the scheme may be that of a web page about the service.
  const isMemcacheUrl = url !== undefined && /^memcache/i.test(url);
  return (
    textOf(fields, 'servers') ?? (isMemcacheUrl || host === undefined ? url : withPort(host, textOf(fields, 'port')))
  );
}

function withPort(host: string, port: string | undefined): string {
  if (port === undefined) return host;
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function authOf(fields: Fields, where: string): AuthOptions | undefined {
  const username = textOf(fields, 'username') ?? textOf(fields, 'user');
  const password = textOf(fields, 'password');
  if (username !== undefined && password !== undefined) return { username, password };
  if (username === undefined && password === undefined) return undefined;
  throw invalid(
    where,
    username === undefined ? 'it has a password and no username' : 'it has a username and no password',
  );
}

/** Ports come as numbers too; an empty text says that there is none. */
function textOf(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value : undefined;
}

function invalid(where: string, detail: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use ${where}`, detail, hint: SHAPES });
}
