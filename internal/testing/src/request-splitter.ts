/** Cuts what a client sends into requests: as much of the three protocols as faults need to know. */

/** One whole request, as it came. */
export interface SplitRequest {
  readonly bytes: Buffer;
  readonly kind: 'store' | 'count' | 'other';
  /** Of binary requests. */
  readonly binary?: { readonly opcode: number; readonly opaque: number };
  /** A text request that wants no answer. */
  readonly isNoReply: boolean;
}

const BINARY_MAGIC = 0x80;
const HEADER_BYTES = 24;

const TEXT_STORES = new Set(['set', 'add', 'replace', 'append', 'prepend', 'cas']);
const TEXT_COUNTS = new Set(['incr', 'decr', 'ma']);
/** set, add, replace, append, prepend and their quiet forms (protocol_binary.xml, "Command Opcodes"). */
const BINARY_STORES = new Set([0x01, 0x02, 0x03, 0x0e, 0x0f, 0x11, 0x12, 0x13, 0x19, 0x1a]);
const BINARY_COUNTS = new Set([0x05, 0x06, 0x15, 0x16]);

/** Of the first byte a client sends: every binary request begins with it, and no text command does. */
export function isBinary(bytes: Buffer): boolean {
  return bytes[0] === BINARY_MAGIC;
}

export class RequestSplitter {
  #rest: Buffer = Buffer.alloc(0);

  /** The requests that are complete with these bytes, in order. */
  push(chunk: Buffer): SplitRequest[] {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    const requests: SplitRequest[] = [];
    for (;;) {
      const request = isBinary(this.#rest) ? firstBinary(this.#rest) : firstText(this.#rest);
      if (request === undefined) return requests;
      this.#rest = this.#rest.subarray(request.bytes.length);
      requests.push(request);
    }
  }
}

function firstBinary(bytes: Buffer): SplitRequest | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const size = HEADER_BYTES + bytes.readUInt32BE(8);
  if (bytes.length < size) return undefined;
  const opcode = bytes.readUInt8(1);
  const kind = BINARY_STORES.has(opcode) ? 'store' : BINARY_COUNTS.has(opcode) ? 'count' : 'other';
  return { bytes: bytes.subarray(0, size), kind, binary: { opcode, opaque: bytes.readUInt32BE(12) }, isNoReply: false };
}

function firstText(bytes: Buffer): SplitRequest | undefined {
  const lineEnd = bytes.indexOf('\n');
  if (lineEnd < 0) return undefined;
  const words = bytes.toString('latin1', 0, lineEnd).trimEnd().split(' ');
  const [command = ''] = words;
  const isStore = command === 'ms' || TEXT_STORES.has(command);
  const dataBytes = isStore ? Number(words[command === 'ms' ? 2 : 4]) + 2 : 0;
  const size = lineEnd + 1 + dataBytes;
  if (bytes.length < size) return undefined;
  const kind = isStore ? 'store' : TEXT_COUNTS.has(command) ? 'count' : 'other';
  return { bytes: bytes.subarray(0, size), kind, isNoReply: words.at(-1) === 'noreply' };
}
