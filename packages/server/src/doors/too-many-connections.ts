import type { Duplex } from 'node:stream';

/** In text, whatever the protocol, as memcached does at its -c (measured on 1.6.18 and 1.6.45). */
const REFUSAL = 'ERROR Too many open connections\r\n';

export function tooManyConnections(stream: Duplex): void {
  stream.on('error', () => undefined);
  // What the client has sent is read and dropped: closing with unread bytes would reset the connection and lose the words.
  stream.resume();
  stream.end(REFUSAL, () => {
    stream.destroy();
  });
}
