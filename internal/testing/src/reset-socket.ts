import type { Socket } from 'node:net';

/**
 * Resets a connection; one that is being ended is closed instead. Node would keep its descriptor for good, and could not
 * exit (libuv does not reset amid a shutdown; https://github.com/libp2p/js-libp2p/pull/3597 met the same).
 */
export function resetSocket(socket: Socket): void {
  if (socket.writableEnded && !socket.writableFinished) socket.destroy();
  else socket.resetAndDestroy();
}
