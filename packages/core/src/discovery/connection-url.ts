/**
 * Server lists as people and platforms write them. Credentials never reach a message: once a text holds an "@",
 * messages name a server by its position.
 *
 *   10.13.0.6:11000    cache-1,cache-2:11212    memcached://user:p%40ss@h1:11211,h2/ignored?timeout=750ms
 */
import { MemcacheError } from '@memkit/protocol';
import { assertKnownOptions } from '@memkit/protocol/internal';
import type { AuthOptions, MemcacheOptions } from '../options/memcache-options.js';
import { parseServerAddress, showServer, type WeightedServer } from '../options/server-address.js';

/** A server, and the credentials its URL gave. */
export interface ListedServer extends WeightedServer {
  readonly auth: AuthOptions | undefined;
  /** Name its certificate must have, where `host` is not the configured name: a server found by DNS. */
  readonly servername?: string | undefined;
}

/** Options a URL may carry, already of the right type. */
export type UrlOptions = Pick<
  MemcacheOptions,
  'protocol' | 'timeout' | 'ttl' | 'keyPrefix' | 'itemSizeMax' | 'maxQueuedRequests' | 'failover'
>;

export interface ServerList {
  readonly servers: readonly ListedServer[];
  readonly options: UrlOptions;
  /** What the text says and nobody uses, with the reason. */
  readonly ignored: readonly string[];
}

const NUMERIC_OPTIONS = ['itemSizeMax', 'maxQueuedRequests'];
const URL_OPTIONS = ['protocol', 'timeout', 'ttl', 'keyPrefix', 'failover', ...NUMERIC_OPTIONS];
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const TLS_SCHEME = /s$|tls|ssl/;
const TLS_OFF = ['false', '0', 'no', 'off'];

/**
 * @param texts one text with commas, or several
 * @param where who gave the list, for messages: `MEMCACHED_URL`, `option "servers"`
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function parseServerList(texts: string | readonly string[], where: string): ServerList {
  const parts = (typeof texts === 'string' ? [texts] : texts).map((text) => splitUrls(text));
  // A password with a bare comma is cut apart, so with credentials anywhere no piece may be shown.
  const hidden = parts.flat().some((entry) => entry.includes('@'));
  const servers = new Map<string, ListedServer>();
  const options: Record<string, string> = {};
  const ignored: string[] = [];
  let position = 0;
  for (const entries of parts) {
    let auth: AuthOptions | undefined;
    for (const entry of entries) {
      position += 1;
      const parsed = parseEntry(entry, where, hidden ? `number ${String(position)}` : undefined);
      // Hosts behind a comma belong to the URL before them until the next one begins.
      auth = parsed.startsUrl ? parsed.auth : (parsed.auth ?? auth);
      const name = showServer(parsed.server);
      if (servers.has(name)) ignored.push(`the second ${name} in ${where}: it is already in the list`);
      else servers.set(name, { ...parsed.server, auth });
      if (parsed.path !== '') ignored.push(`the path in ${where}: memcached has no databases`);
      Object.assign(options, parsed.query);
    }
  }
  if (servers.size === 0) throw invalid(where, 'there is no server in it', "Write 'host:11211', several by commas.");
  return { servers: [...servers.values()], options: readUrlOptions(options, where, ignored), ignored };
}

function splitUrls(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

interface Entry {
  readonly server: WeightedServer;
  readonly auth: AuthOptions | undefined;
  readonly startsUrl: boolean;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
}

function parseEntry(entry: string, where: string, shown: string | undefined): Entry {
  const scheme = SCHEME.exec(entry);
  if (scheme) {
    assertScheme(scheme[1]?.toLowerCase() ?? '', where);
  } else if (entry.startsWith('/')) {
    throw invalid(where, 'Unix sockets are not supported by this version', 'Give host:port.');
  }
  const rest = entry.slice(scheme?.[0].length ?? 0);
  const [, authority = '', path = '', query = ''] = /^([^/?]*)([^?]*)(?:\?(.*))?$/.exec(rest) ?? [];
  const at = authority.lastIndexOf('@');
  const address = authority.slice(at + 1);
  return {
    server: parseServerAddress(address, where, shown ?? JSON.stringify(address)),
    auth: at < 0 ? undefined : parseCredentials(authority.slice(0, at), where),
    startsUrl: scheme !== null,
    path: path === '/' ? '' : path,
    query: Object.fromEntries(new URLSearchParams(query)),
  };
}

function assertScheme(scheme: string, where: string): void {
  if (!scheme.startsWith('memcache')) {
    throw invalid(where, `the scheme "${scheme}" is not one of memcache`, "Write 'memcached://host:11211'.");
  }
  if (TLS_SCHEME.test(scheme)) throw tlsUnsupported(where, `the scheme "${scheme}" asks for TLS`);
}

function parseCredentials(text: string, where: string): AuthOptions {
  const colon = text.indexOf(':');
  const hint = "Write 'memcached://username:password@host:11211', with reserved characters percent-encoded.";
  if (colon < 1) throw invalid(where, 'there is no username and password before the "@"', hint);
  try {
    return { username: decodeURIComponent(text.slice(0, colon)), password: decodeURIComponent(text.slice(colon + 1)) };
  } catch {
    throw invalid(where, 'username or password is not percent-encoded correctly', hint);
  }
}

function readUrlOptions(query: Readonly<Record<string, string>>, where: string, ignored: string[]): UrlOptions {
  const { tls, ...rest } = query;
  if (tls !== undefined) {
    if (!TLS_OFF.includes(tls.toLowerCase())) throw tlsUnsupported(where, 'the option "tls" asks for TLS');
    ignored.push(`the option tls of ${where}: there is no TLS to turn off`);
  }
  assertKnownOptions(rest, URL_OPTIONS, where);
  const options = Object.entries(rest).map(([name, value]) => [
    name,
    NUMERIC_OPTIONS.includes(name) && value.trim() !== '' ? Number(value) : value,
  ]);
  // The shapes are checked with every other option, in resolveOptions.
  return Object.fromEntries(options) as UrlOptions;
}

function tlsUnsupported(where: string, detail: string): MemcacheError {
  const hint = 'Use an address without TLS, or a TLS tunnel on this machine.';
  return invalid(where, `${detail}, which is not supported yet by this version`, hint);
}

function invalid(where: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use ${where}`, detail, hint });
}
