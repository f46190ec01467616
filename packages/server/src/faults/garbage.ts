import type { RequestFacts } from './request-facts.js';

/** Whole lines, so that a client that waits for a line end reads them; none begins like a reply of memcached. */
const TEXT_GARBAGE = Buffer.from('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n');
/** As long as a header and more, so that a client does not wait for the rest, and without the magic byte 0x81. */
const BINARY_GARBAGE = Buffer.from('HTTP/1.1 502 Bad Gateway\r\n\r\nsorry');

/** Bytes that no client of this protocol can take for a reply. */
export function garbageFor(protocol: RequestFacts['protocol']): Buffer {
  return protocol === 'binary' ? BINARY_GARBAGE : TEXT_GARBAGE;
}
