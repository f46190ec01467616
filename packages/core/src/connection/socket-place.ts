import type { IpcSocketConnectOpts, TcpSocketConnectOpts } from 'node:net';
import type { ServerAddress } from '../options/server-address.js';

export type SocketPlace = TcpSocketConnectOpts | IpcSocketConnectOpts;

const KEEP_ALIVE_AFTER_MS = 30_000;

/** Where a server is, as node:net takes it. */
export function socketPlace({ host, ip = host, port, path }: ServerAddress): SocketPlace {
  if (path !== undefined) return { path };
  // Nagle's algorithm would hold a small batch back until the previous one is acknowledged.
  return { host: ip, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS };
}
