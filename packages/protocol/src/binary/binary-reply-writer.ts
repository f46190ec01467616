/** Replies of the binary protocol -> bytes. */
import type { ByteWriter } from '../bytes/byte-writer.js';
import { BINARY_REPLY_MAGIC } from './binary-header.js';
import { binaryStatus, type BinaryStatus } from './binary-status.js';

/** A CAS value as two numbers of 32 bits: arithmetic of bigints makes a new one each time. */
export interface CasHalves {
  readonly casHigh: number;
  readonly casLow: number;
}

export interface OutgoingBinaryReply {
  readonly opcode: number;
  readonly opaque: number;
  /** Default: success. */
  readonly status?: BinaryStatus;
  /** Default: 0n. */
  readonly cas?: bigint | CasHalves | undefined;
  /** Client flags, the only extras a reply has. */
  readonly flags?: number | undefined;
  /** A byte string. */
  readonly key?: string | undefined;
  readonly value?: Uint8Array | string | undefined;
}

const NO_BYTES = new Uint8Array(0);

export function writeBinaryReply(writer: ByteWriter, reply: OutgoingBinaryReply): void {
  const { key = '', value = NO_BYTES, cas = 0n, flags } = reply;
  const extrasBytes = flags === undefined ? 0 : 4;
  // Magic, opcode and length of the key; length of the extras, data type 0 and status: four bytes at a time.
  writer.uint32((BINARY_REPLY_MAGIC << 24) | (reply.opcode << 16) | key.length);
  writer.uint32((extrasBytes << 24) | (reply.status ?? binaryStatus.success));
  writer.uint32(extrasBytes + key.length + value.length);
  writer.uint32(reply.opaque);
  if (typeof cas === 'bigint') {
    writer.uint64(cas);
  } else {
    writer.uint32(cas.casHigh);
    writer.uint32(cas.casLow);
  }
  if (flags !== undefined) writer.uint32(flags);
  writer.latin1(key);
  if (typeof value === 'string') writer.latin1(value);
  else if (value.length > 0) writer.bytes(value);
}

/** memcached's texts for the statuses it sends (write_bin_error, proto_bin.c of 1.6.18). */
const ERROR_TEXTS = new Map<BinaryStatus, string>([
  [binaryStatus.outOfMemory, 'Out of memory'],
  [binaryStatus.unknownCommand, 'Unknown command'],
  [binaryStatus.keyNotFound, 'Not found'],
  [binaryStatus.invalidArguments, 'Invalid arguments'],
  [binaryStatus.keyExists, 'Data exists for key.'],
  [binaryStatus.tooLarge, 'Too large.'],
  [binaryStatus.notANumber, 'Non-numeric server-side value for incr or decr'],
  [binaryStatus.notStored, 'Not stored.'],
  [binaryStatus.authFailed, 'Auth failure.'],
]);

/** An error reply; its text is memcached's for the status unless given. */
export function writeBinaryError(
  writer: ByteWriter,
  frame: { readonly opcode: number; readonly opaque: number },
  status: BinaryStatus,
  text = ERROR_TEXTS.get(status) ?? 'Internal error',
): void {
  writeBinaryReply(writer, { opcode: frame.opcode, opaque: frame.opaque, status, value: text });
}
