import { isIPv6 } from 'node:net';
import { MemcacheError } from '@memkit/protocol';

/** Where a server listens. IPv6 hosts are kept without brackets. */
export interface ServerAddress {
  /** Name or address; the path again for a Unix socket. */
  readonly host: string;
  /** 1 to 65535; 0 for a Unix socket. */
  readonly port: number;
  /** Path of a Unix socket; host and port are not connected to then. */
  readonly path?: string | undefined;
  /** Connected to instead of `host`, which then only names the server. */
  readonly ip?: string | undefined;
}

/** A server and its share of the keys. */
export interface WeightedServer extends ServerAddress {
  /** 1 to 65535; a server of weight 2 gets twice the keys of one of weight 1. */
  readonly weight: number;
}

/** memcached's registered port. */
export const DEFAULT_PORT = 11_211;
const LARGEST_PORT = 65_535;
const LARGEST_WEIGHT = 65_535;
// unix(7): sun_path has 108 bytes with the closing NUL; the system would cut a longer path off or refuse it.
const LONGEST_PATH_BYTES = 107;

const BRACKETED = /^\[([^\]]*)\](?::([^:]*))?(?::([^:]*))?$/;
const PLAIN = /^([^:]*)(?::([^:]*))?(?::([^:]*))?$/;
const SOCKET = /^(\/.*?)(?::(\d+))?$/;
const HOST = /^[^\s/@?#[\]:,\\]+$/;

/** `host:port` as messages and the ring show it; IPv6 in brackets; the path of a Unix socket. */
export function showServer({ host, port, path }: ServerAddress): string {
  if (path !== undefined) return path;
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}

/**
 * `host`, `host:port`, `host:port:weight`, `[v6]:port`, `[v6]:port:weight`, a bare IPv6 address, or `/path` and
 * `/path:weight` of a Unix socket. Port 11211 and weight 1 when absent.
 * @param where who gave the address, for the message: `option "servers"`
 * @param shown how the message shows the address; something else when the text may hold a credential
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function parseServerAddress(text: string, where: string, shown = JSON.stringify(text)): WeightedServer {
  const fail = (detail: string): MemcacheError =>
    new MemcacheError('INVALID_OPTION', {
      action: `Cannot use server ${shown} of ${where}`,
      detail,
      hint: 'Write host, host:port, host:port:weight, [IPv6 address]:port or /path/of/socket, several separated by commas.',
    });

  if (text.startsWith('/')) return parseSocketPath(text, fail);
  if (isIPv6(text)) return { host: text.toLowerCase(), port: DEFAULT_PORT, weight: 1 };
  const bracketed = BRACKETED.exec(text);
  const [, host = '', port, weight] = bracketed ?? PLAIN.exec(text) ?? [];
  if (bracketed ? !isIPv6(host) : !HOST.test(host)) {
    throw fail(bracketed ? 'there is no IPv6 address between the brackets' : 'there is no host name in it');
  }
  return {
    host: host.toLowerCase(),
    port: port === undefined ? DEFAULT_PORT : parseWhole(port, LARGEST_PORT, 'port', fail),
    weight: parseWeight(weight, fail),
  };
}

function parseSocketPath(text: string, fail: (detail: string) => MemcacheError): WeightedServer {
  const [, path = '', weight] = SOCKET.exec(text) ?? [];
  if (path.length < 2 || path.includes('\0')) throw fail('there is no path of a socket in it');
  if (Buffer.byteLength(path) > LONGEST_PATH_BYTES) {
    throw fail(`the path of a socket has at most ${String(LONGEST_PATH_BYTES)} bytes`);
  }
  return { host: path, port: 0, path, weight: parseWeight(weight, fail) };
}

function parseWeight(text: string | undefined, fail: (detail: string) => MemcacheError): number {
  return text === undefined ? 1 : parseWhole(text, LARGEST_WEIGHT, 'weight', fail);
}

function parseWhole(text: string, largest: number, name: string, fail: (detail: string) => MemcacheError): number {
  const value = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (value >= 1 && value <= largest) return value;
  throw fail(`the ${name} is not a whole number from 1 to ${String(largest)}`);
}
