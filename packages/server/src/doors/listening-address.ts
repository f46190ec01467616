import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ListeningPlace } from './listening-place.js';

/** Where a listening server can be reached. */
export interface ListeningAddress {
  /** Empty on a unix socket. */
  readonly host: string;
  /** 0 on a unix socket. */
  readonly port: number;
  /** The absolute path of the unix socket; `undefined` on a port. */
  readonly path: string | undefined;
  /** For `MEMCACHE_SERVERS`: `127.0.0.1:11211`, `memcaches://127.0.0.1:11211` or `unix:///tmp/memcached.sock`. */
  readonly url: string;
}

/** Listening on every address is no address to connect to; the own machine's is one of them. */
const CONNECTABLE: Readonly<Record<string, string>> = { '0.0.0.0': '127.0.0.1', '::': '::1' };

export function addressOf(place: ListeningPlace, port: number, isTls: boolean): ListeningAddress {
  if (place.kind === 'unix') {
    const path = resolve(place.path);
    return { host: '', port: 0, path, url: `unix://${pathToFileURL(path).pathname}` };
  }
  const server = hostAndPort(CONNECTABLE[place.host] ?? place.host, port);
  return { host: place.host, port, path: undefined, url: isTls ? `memcaches://${server}` : server };
}

/** For messages. */
export function showPlace(place: ListeningPlace): string {
  return place.kind === 'unix' ? place.path : hostAndPort(place.host, place.port);
}

function hostAndPort(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}
