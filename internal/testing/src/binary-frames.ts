/**
 * Frames of the binary protocol as text of one character a byte, for specs: written out here, and not by the writers of
 * @memkit/protocol, which the specs are to judge.
 */
const HEADER_BYTES = 24;
const REQUEST_MAGIC = 0x80;
const REPLY_MAGIC = 0x81;

/** What follows the header, and its numbers that are seldom anything but 0. */
export interface FrameParts {
  readonly extras?: string;
  readonly key?: string;
  readonly value?: string;
  readonly cas?: number;
  readonly opaque?: number;
}

export function requestFrame(opcode: number, parts: FrameParts = {}): string {
  return frame(REQUEST_MAGIC, opcode, 0, parts);
}

export function replyFrame(opcode: number, status: number, parts: FrameParts = {}): string {
  return frame(REPLY_MAGIC, opcode, status, parts);
}

function frame(magic: number, opcode: number, status: number, parts: FrameParts): string {
  const { extras = '', key = '', value = '', cas = 0, opaque = 0 } = parts;
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(magic, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(key.length, 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  header.writeUInt32BE(opaque, 12);
  header.writeUInt32BE(cas, 20);
  return header.toString('latin1') + extras + key + value;
}
