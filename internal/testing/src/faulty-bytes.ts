/** Bytes that a memcached in trouble, or something that is no memcached, sends. */

const BINARY_REPLY_MAGIC = 0x81;
const HEADER_BYTES = 24;

/** What a value or number of a stray reply is made of. A client that shows it mixed up its replies. */
export const STRAY_DIGIT = '9';
const STRAY_VALUE = STRAY_DIGIT.repeat(5);

/** The two ways a server refuses to store: it has no room left, or never stores items of this size. */
export const refusals = {
  'server-full': { status: 0x82, text: 'SERVER_ERROR out of memory storing object\r\n', binaryText: 'Out of memory' },
  'too-large': { status: 0x03, text: 'SERVER_ERROR object too large for cache\r\n', binaryText: 'Too large.' },
} as const;

export type Refusal = keyof typeof refusals;

/** The refusal of one request, in its protocol. */
export function refusalReply(refusal: Refusal, binary?: { readonly opcode: number; readonly opaque: number }): Buffer {
  const { status, text, binaryText } = refusals[refusal];
  if (binary === undefined) return Buffer.from(text);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt8(BINARY_REPLY_MAGIC, 0);
  header.writeUInt8(binary.opcode, 1);
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(binaryText.length, 8);
  header.writeUInt32BE(binary.opaque, 12);
  return Buffer.concat([header, Buffer.from(binaryText)]);
}

/** Longer than a header and no beginning of any reply, in text and in binary. */
export const GARBAGE = Buffer.concat([
  Buffer.from([0x00, 0xff, 0xfe, 0x13, 0x37]),
  Buffer.from('<html>502 Bad Gateway</html>\r\n'),
]);

/** The part of the first reply that tells nothing yet: half of a binary header, or of a text line. */
export function halfHeader(reply: Buffer): Buffer {
  const headerBytes = reply[0] === BINARY_REPLY_MAGIC ? HEADER_BYTES : Math.max(reply.indexOf('\n'), 2);
  return reply.subarray(0, Math.floor(headerBytes / 2));
}

/** Half of the first reply, whatever comes behind it. */
export function halfReply(reply: Buffer): Buffer {
  return reply.subarray(0, Math.ceil(Math.min(firstReplyBytes(reply), reply.length) / 2));
}

function firstReplyBytes(reply: Buffer): number {
  if (reply[0] === BINARY_REPLY_MAGIC) return HEADER_BYTES + (reply.length < HEADER_BYTES ? 0 : reply.readUInt32BE(8));
  const lineBytes = reply.indexOf('\n') + 1;
  // `VA <bytes>` and `VALUE <key> <flags> <bytes>` announce a data block.
  const dataBytes = /^(?:VA|VALUE [^ ]+ \d+) (\d+)/.exec(reply.toString('latin1', 0, lineBytes))?.[1];
  return dataBytes === undefined ? lineBytes : lineBytes + Number(dataBytes) + 2;
}

/**
 * A well-formed reply to a request that was never made: as close to the first true reply as it can be without being
 * one. Whatever names the request (key, opaque) is another's, and the value consists of nines.
 */
export function strayReply(reply: Buffer): Buffer {
  if (reply[0] === BINARY_REPLY_MAGIC && reply.length >= HEADER_BYTES) return strayBinary(reply);
  const line = reply.toString('latin1', 0, reply.indexOf('\r\n'));
  // Classic replies do not say what they answer, except for a value, which names its key.
  if (!/^(VA|HD|EN|NF|NS|EX|MN)( |$)/.test(line)) {
    return Buffer.from(`VALUE stray 0 ${String(STRAY_VALUE.length)}\r\n${STRAY_VALUE}\r\nEND\r\n`);
  }
  const words = line.split(' ');
  const foreign = words.map((word) => word.replace(/^([kO]).+/, (_, flag: string) => `${flag}${STRAY_DIGIT}`));
  if (words[0] !== 'VA') return Buffer.from(`${foreign.join(' ')}\r\n`);
  return Buffer.from(`${foreign.join(' ')}\r\n${STRAY_DIGIT.repeat(Number(words[1]))}\r\n`);
}

function strayBinary(reply: Buffer): Buffer {
  const frame = Buffer.from(reply.subarray(0, HEADER_BYTES + reply.readUInt32BE(8)));
  frame.writeUInt16BE(0, 6);
  frame.writeUInt32BE((frame.readUInt32BE(12) ^ 0x5a5a_5a5a) >>> 0, 12);
  frame.fill(STRAY_DIGIT, HEADER_BYTES + frame.readUInt8(4));
  return frame;
}
