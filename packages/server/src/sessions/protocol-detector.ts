import { BINARY_REQUEST_MAGIC } from '@memkit/protocol/internal';

/** A connection speaks the protocol of its first byte for its whole life (protocol_binary.xml, "magic byte"). */
export function detectProtocol(firstByte: number): 'binary' | 'text' {
  return firstByte === BINARY_REQUEST_MAGIC ? 'binary' : 'text';
}
