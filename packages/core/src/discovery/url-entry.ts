/** One server of a list, taken apart. Messages hold no piece of it that may be a credential. */
import { MemcacheError } from '@memkit/protocol';
import type { AuthOptions } from '../options/memcache-options.js';
import { parseServerAddress, type WeightedServer } from '../options/server-address.js';

/** A server as its text describes it. */
export interface UrlEntry {
  readonly server: WeightedServer;
  readonly auth: AuthOptions | undefined;
  /** `undefined`: there is no scheme, so the entry belongs to the URL before it. */
  readonly scheme: string | undefined;
  /** What stands between address and question mark; `''` for nothing or a single slash. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const HINT = "Write 'memcached://username:password@host:11211', with reserved characters percent-encoded.";
// Anything but digits behind a colon may be a password whose "@" was lost.
const HARMLESS = /^([^:]*(:\d*)*|\[[^\]]*\](:\d*)*)$/;

/**
 * @param position in its list, from 1: how messages call the server when its text may hold a credential
 * @param isSecret whether it must be called so in any case
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function parseUrlEntry(text: string, where: string, position: number, isSecret: boolean): UrlEntry {
  const match = SCHEME.exec(text);
  const scheme = match?.[1]?.toLowerCase();
  const isSocket = scheme === 'unix' || (scheme === undefined && text.startsWith('/'));
  if (scheme !== undefined && !isSocket && !scheme.startsWith('memcache')) {
    throw invalid(where, `the scheme "${scheme}" is not one of memcache`, "Write 'memcached://host:11211'.");
  }
  const rest = text.slice(match?.[0].length ?? 0);
  const [, authority = '', path = '', query = ''] = /^([^/?]*)([^?]*)(?:\?(.*))?$/s.exec(rest) ?? [];
  // A password with a bare slash or question mark: what is left of it looks like a host and a port, or like a socket.
  if (path.includes('@') || query.includes('@')) {
    throw invalid(where, isSocket ? 'there is an "@" in the path' : 'there is an "@" behind the end of the host', HINT);
  }
  const at = authority.lastIndexOf('@');
  const auth = at < 0 ? undefined : parseCredentials(authority.slice(0, at), where);
  const host = authority.slice(at + 1);
  if (isSocket && host !== '') {
    throw invalid(where, 'there is a host name in the URL of a socket', "Write 'unix:///path/of/socket'.");
  }
  const address = isSocket ? socketPath(path, scheme, where) : host;
  const shown = isSecret || !HARMLESS.test(address) ? `number ${String(position)}` : JSON.stringify(address);
  return {
    server: parseServerAddress(address, where, shown),
    auth,
    scheme,
    path: isSocket || path === '/' ? '' : path,
    query: [...new URLSearchParams(query)],
  };
}

/** Only a URL is percent-encoded; a bare path is taken as it is. */
function socketPath(path: string, scheme: string | undefined, where: string): string {
  if (scheme === undefined) return path;
  if (path === '') throw invalid(where, 'there is no path of a socket in it', "Write 'unix:///path/of/socket'.");
  try {
    return decodeURIComponent(path);
  } catch {
    throw invalid(where, 'the path of the socket is not percent-encoded correctly', "Write 'unix:///path/of/socket'.");
  }
}

function parseCredentials(text: string, where: string): AuthOptions {
  const colon = text.indexOf(':');
  if (colon < 1) throw invalid(where, 'there is no username and password before the "@"', HINT);
  try {
    return { username: decodeURIComponent(text.slice(0, colon)), password: decodeURIComponent(text.slice(colon + 1)) };
  } catch {
    throw invalid(where, 'username or password is not percent-encoded correctly', HINT);
  }
}

function invalid(where: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use ${where}`, detail, hint });
}
