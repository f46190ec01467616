/**
 * Server lists as people and platforms write them:
 *
 *   10.13.0.6:11000    cache-1,cache-2:11212:3    /run/memcached.sock    unix:///run/memcached.sock
 *   memcached://user:p%40ss@h1:11211,h2/ignored?timeout=750ms    memcaches://h1    memcached://h1?tls=true
 *
 * Hosts behind a comma belong to the URL before them until the next scheme: they share its credentials, its TLS and its
 * options. Credentials never reach a message: once a text holds an "@", messages name a server by its position.
 */
import { MemcacheError } from '@memkit/protocol';
import type { AuthOptions, CredentialsFunction } from '../options/memcache-options.js';
import { showServer, type WeightedServer } from '../options/server-address.js';
import type { SizeRule } from '../values/item-limits.js';
import { sizeRuleOf } from './size-rule.js';
import { parseUrlEntry, type UrlEntry } from './url-entry.js';
import { readUrlQuery, type UrlOptions } from './url-options.js';

/** A server of the configuration, with everything that is known about it before the first connection. */
export interface ListedServer extends WeightedServer {
  readonly auth: AuthOptions | CredentialsFunction | undefined;
  /** Whether it is spoken to by TLS. */
  readonly tls: boolean;
  readonly sizeRule: SizeRule;
  /** Name its certificate must have, where `host` is not the configured name: a server found by DNS. */
  readonly servername?: string | undefined;
}

/** What one text, or the credentials of one service, said. */
export interface ServerList {
  /** Each once, at least one. */
  readonly servers: readonly ListedServer[];
  readonly options: UrlOptions;
  /** What the text says and nobody uses, with the reason. */
  readonly ignored: readonly string[];
}

const TLS_SCHEME = /s$|tls|ssl/;

export interface ServerListOptions {
  /** Whether messages must hold nothing of the text, whatever it looks like. Default `false`. */
  readonly isSecret?: boolean;
}

/**
 * @param texts one text with commas, or several
 * @param where who gave the list, for messages: `MEMCACHED_URL`, `option "servers"`
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function parseServerList(
  texts: string | readonly string[],
  where: string,
  { isSecret = false }: ServerListOptions = {},
): ServerList {
  const parts = (typeof texts === 'string' ? [texts] : texts).map(splitServers);
  // A password with a bare comma is cut apart, so with credentials anywhere no piece may be shown.
  const isHidden = isSecret || parts.flat().some((text) => text.includes('@'));
  let position = 0;
  const urls = parts.flatMap((part) =>
    groupByUrl(part.map((text) => parseUrlEntry(text, where, (position += 1), isHidden))),
  );

  const servers = new Map<string, ListedServer>();
  const options: Record<string, unknown> = {};
  const ignored: string[] = [];
  for (const entries of urls) {
    const query = queryOf(entries, where, ignored);
    const tls = decideTls(entries[0]?.scheme, query.tls, where);
    let auth: AuthOptions | undefined;
    for (const entry of entries) {
      auth = entry.auth ?? auth;
      const name = showServer(entry.server);
      if (servers.has(name)) ignored.push(`the second ${name} in ${where}: it is already in the list`);
      else servers.set(name, { ...entry.server, auth, tls, sizeRule: sizeRuleOf(entry.server.host) });
      if (entry.path !== '') ignored.push(`the path in ${where}: memcached has no databases`);
    }
    for (const [name, value] of Object.entries(query.options)) {
      if (name in options) ignored.push(`the first ${name} in ${where}: the last one counts`);
      options[name] = value;
    }
  }
  if (servers.size === 0) throw invalid(where, 'there is no server in it', "Write 'host:11211', several by commas.");
  return { servers: [...servers.values()], options, ignored };
}

function splitServers(text: string): string[] {
  // Semicolons are django-pylibmc's; in a URL they may belong to a password or an option.
  const separators = /[@?]/.test(text) ? /,/ : /[,;]/;
  return text
    .split(separators)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function groupByUrl(entries: readonly UrlEntry[]): UrlEntry[][] {
  const urls: UrlEntry[][] = [];
  for (const entry of entries) {
    const current = urls.at(-1);
    if (current === undefined || entry.scheme !== undefined) urls.push([entry]);
    else current.push(entry);
  }
  return urls;
}

function queryOf(entries: readonly UrlEntry[], where: string, ignored: string[]): ReturnType<typeof readUrlQuery> {
  const texts = new Map<string, string>();
  for (const [name, value] of entries.flatMap(({ query }) => query)) {
    if (texts.has(name)) ignored.push(`the first ${name} in ${where}: the last one counts`);
    texts.set(name, value);
  }
  return readUrlQuery(Object.fromEntries(texts), where);
}

/** Neither of two words that contradict each other may win: one of them would send plain text unasked. */
function decideTls(scheme: string | undefined, option: boolean | undefined, where: string): boolean {
  const isTlsScheme = scheme !== undefined && TLS_SCHEME.test(scheme);
  if (isTlsScheme && option === false) {
    throw invalid(where, `the scheme "${scheme}" asks for TLS and its option "tls" says no`, 'Remove one of them.');
  }
  return option ?? isTlsScheme;
}

function invalid(where: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use ${where}`, detail, hint });
}
