import { connect, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ServerAddress } from '../options/server-address.js';

const KEEP_ALIVE_AFTER_MS = 30_000;

/** A TCP connection to the server, still connecting. */
export function openSocket({ host, port, ip = host }: ServerAddress): Duplex {
  // Nagle's algorithm would hold a small batch back until the previous one is acknowledged.
  return connect({ host: ip, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_AFTER_MS });
}

/** Calls back when the stream can carry bytes; at once for streams that need no connecting. */
export function whenOpen(stream: Duplex, onOpen: () => void): void {
  // Pending deadlines keep the process alive (deadlines.ts); an idle connection must not.
  if (stream instanceof Socket) stream.unref();
  if ('connecting' in stream && stream.connecting === true) stream.once('connect', onOpen);
  else onOpen();
}
