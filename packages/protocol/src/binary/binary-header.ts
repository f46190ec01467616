/**
 * The 24 bytes in front of every binary request and reply, in network byte order
 * (memcached doc/protocol_binary.xml, "Packet Structure").
 *
 *   byte  0       1        2     3     4            5          6      7
 *        | magic | opcode | key length | extras len | data type | vbucket or status |
 *   byte  8                 12         16
 *        | total body len  | opaque   | CAS (8 bytes)                               |
 *   body: extras, key, value
 */
export const BINARY_HEADER_BYTES = 24;
export const BINARY_REQUEST_MAGIC = 0x80;
export const BINARY_REPLY_MAGIC = 0x81;

/** Where each field starts, for code that reads single fields without making an object. */
export const binaryHeaderOffset = {
  magic: 0,
  opcode: 1,
  keyBytes: 2,
  extrasBytes: 4,
  dataType: 5,
  /** The vbucket of a request, the status of a reply. */
  statusOrVbucket: 6,
  bodyBytes: 8,
  opaque: 12,
  cas: 16,
} as const;

export interface BinaryHeader {
  readonly magic: number;
  readonly opcode: number;
  readonly keyBytes: number;
  readonly extrasBytes: number;
  /** The vbucket of a request, the status of a reply. */
  readonly statusOrVbucket: number;
  /** Extras, key and value together. */
  readonly bodyBytes: number;
  readonly opaque: number;
  readonly cas: bigint;
}

/** Reads the header that starts at `at`; the caller has made sure that 24 bytes are there. */
export function readBinaryHeader(bytes: Buffer, at = 0): BinaryHeader {
  return {
    magic: bytes.readUInt8(at),
    opcode: bytes.readUInt8(at + binaryHeaderOffset.opcode),
    keyBytes: bytes.readUInt16BE(at + binaryHeaderOffset.keyBytes),
    extrasBytes: bytes.readUInt8(at + binaryHeaderOffset.extrasBytes),
    statusOrVbucket: bytes.readUInt16BE(at + binaryHeaderOffset.statusOrVbucket),
    bodyBytes: bytes.readUInt32BE(at + binaryHeaderOffset.bodyBytes),
    opaque: bytes.readUInt32BE(at + binaryHeaderOffset.opaque),
    cas: bytes.readBigUInt64BE(at + binaryHeaderOffset.cas),
  };
}
