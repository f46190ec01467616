/** Ends a connection the hard way, so that the other end gets ECONNRESET where the transport has that. */
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MemoryDuplex } from './memory-duplex.js';

export function resetStream(stream: Duplex): void {
  if (stream instanceof MemoryDuplex) {
    stream.resetAndDestroy();
    return;
  }
  try {
    if (stream instanceof Socket) stream.resetAndDestroy();
  } catch {
    // Only TCP has resets (ERR_INVALID_HANDLE_TYPE for Unix sockets and TLS).
  }
  stream.destroy();
}
