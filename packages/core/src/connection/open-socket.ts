/** Opens the stream to a server: TCP, a Unix socket, TLS over either, or what the owner of the connection brings. */
import { connect, Socket, type OnReadOpts } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Duplex } from 'node:stream';
import type { ServerAddress } from '../options/server-address.js';
import { socketPlace } from './socket-place.js';
import type { TlsWay } from './tls-way.js';

/**
 * Takes what was received. It may be overwritten afterwards.
 * @param hasMore the read filled its buffer: another one follows before the event loop goes on
 */
export type OnChunk = (chunk: Buffer, hasMore?: boolean) => void;

/**
 * Gives a stream, connected or connecting, whose bytes go to `onChunk`.
 * `room` is asked before each read where its bytes are wanted; `undefined`: anywhere.
 */
export type Opener = (onChunk: OnChunk, room?: () => Buffer | undefined) => Duplex | Promise<Duplex>;

/** Fewer reads than with 64 KiB: a get of 10 KB costs 7.8 instead of 10.4 µs (64 in flight, Node 22). */
const RECEIVE_BYTES = 256 * 1024;
/** Behind a large value comes, as a rule, another one: enough for its head, so that the rest is read into its place. */
const HEAD_BYTES = 4 * 1024;

// The types of Node.js know nothing of the answer `undefined`, which net.js understands.
const KEEP = undefined as unknown as Buffer;

/** A stream that is made elsewhere: the embedded server, or a test's. */
export function openerOf(open: () => Duplex | Promise<Duplex>): Opener {
  const listen = (stream: Duplex, onChunk: OnChunk): Duplex =>
    stream.on('data', (chunk: Buffer) => {
      onChunk(chunk);
    });
  return (onChunk) => {
    const opened = open();
    // No await for a plain stream: it may fail before a listener is there.
    return 'then' in opened ? opened.then((stream) => listen(stream, onChunk)) : listen(opened, onChunk);
  };
}

/** @param tls `undefined`: without */
export function networkOpener(server: ServerAddress, tls: TlsWay | undefined): Opener {
  return (onChunk, room) => {
    // All bytes come through one buffer that is used again: no allocation for each read, and the parsers copy out what
    // is kept (1.5 to 2 times the speed of 'data' events at 10 KB).
    // Large values are the exception: what is missing of one is read into its own memory.
    const buffer = Buffer.allocUnsafeSlow(RECEIVE_BYTES);
    const head = buffer.subarray(0, HEAD_BYTES);
    let into: Buffer = buffer;
    let isFirst = true;
    const onread: OnReadOpts = {
      buffer: () => {
        const isCommon = into === buffer || into === head;
        const next = room?.() ?? (isCommon ? buffer : head);
        // Node keeps the last one when there is no other, which costs less than giving it again.
        if (next === into && !isFirst) return KEEP;
        isFirst = false;
        into = next;
        return into;
      },
      callback: (bytes) => {
        onChunk(into.subarray(0, bytes), bytes === into.length);
        return true;
      },
    };
    const place = { ...socketPlace(server), onread };
    return tls === undefined ? connect(place) : tls.open(place);
  };
}

/** Calls back when the stream can carry bytes; at once for streams that need no connecting. */
export function whenOpen(stream: Duplex, onOpen: () => void): void {
  // Pending deadlines keep the process alive (deadlines.ts); an idle connection must not.
  if (stream instanceof Socket) stream.unref();
  if (stream instanceof TLSSocket) stream.once('secureConnect', onOpen);
  else whenConnected(stream, onOpen);
}

/** Calls back when the server has accepted the connection, before any handshake of TLS. */
export function whenConnected(stream: Duplex, onConnected: () => void): void {
  if ('connecting' in stream && stream.connecting === true) stream.once('connect', onConnected);
  else onConnected();
}
