/**
 * Client side of the binary protocol: requests -> bytes (memcached doc/protocol_binary.xml). Keys are written as UTF-8
 * and must have passed rules/key-rules: nothing here looks at them again.
 */
import type { ByteWriter } from '../bytes/byte-writer.js';
import { keyBytes } from '../rules/key-rules.js';
import { SASL_PLAIN, saslPlain } from '../sasl/sasl-plain.js';
import { BINARY_REQUEST_MAGIC } from './binary-header.js';
import { binaryOpcodes } from './binary-opcodes.js';

/** In the exptime of increment and decrement: an absent key stays absent (protocol_binary.xml, "Increment, Decrement"). */
export const NO_INITIAL_EXPTIME = 0xffff_ffff;

function writeHeader(
  writer: ByteWriter,
  opcode: number,
  keyLength: number,
  extrasLength: number,
  valueLength: number,
  cas: bigint,
  opaque: number,
): void {
  // Magic, opcode and key length; then extras length, data type and vbucket: four fields written as two words.
  writer.uint32(((BINARY_REQUEST_MAGIC << 24) | (opcode << 16) | keyLength) >>> 0);
  writer.uint32((extrasLength << 24) >>> 0);
  writer.uint32(extrasLength + keyLength + valueLength);
  writer.uint32(opaque);
  if (cas === 0n) {
    writer.uint32(0);
    writer.uint32(0);
  } else {
    writer.uint64(cas);
  }
}

function writeKeyOnly(writer: ByteWriter, opcode: number, key: string, opaque: number, cas = 0n): void {
  writeHeader(writer, opcode, keyBytes(key), 0, 0, cas, opaque);
  writer.key(key);
}

// Each reply repeats the opaque of its request.

export function writeBinaryGet(writer: ByteWriter, key: string, opaque = 0): void {
  writeKeyOnly(writer, binaryOpcodes.get, key, opaque);
}

/** Answered with the key, or not at all when the item is absent. */
export function writeBinaryGetKeyQuiet(writer: ByteWriter, key: string, opaque = 0): void {
  writeKeyOnly(writer, binaryOpcodes.getKeyQuiet, key, opaque);
}

/** Reads and sets a new expiry. */
export function writeBinaryGetAndTouch(writer: ByteWriter, key: string, exptime: number, opaque = 0): void {
  writeExpiry(writer, binaryOpcodes.getAndTouch, key, exptime, opaque);
}

/** @param cas 0n: unconditional */
export function writeBinaryDelete(writer: ByteWriter, key: string, cas = 0n, opaque = 0): void {
  writeKeyOnly(writer, binaryOpcodes.delete, key, opaque, cas);
}

export interface BinaryStore {
  readonly data: Uint8Array | string;
  /** Size of `data` on the wire, in bytes. */
  readonly dataBytes: number;
  readonly flags: number;
  readonly exptime: number;
  /** 0n: unconditional. */
  readonly cas: bigint;
}

export function writeBinaryStore(
  writer: ByteWriter,
  mode: 'set' | 'add' | 'replace',
  key: string,
  item: BinaryStore,
  opaque = 0,
): void {
  writeHeader(writer, binaryOpcodes[mode], keyBytes(key), 8, item.dataBytes, item.cas, opaque);
  writer.uint32(item.flags);
  writer.uint32(item.exptime);
  writer.key(key);
  writeData(writer, item);
}

export function writeBinaryConcat(
  writer: ByteWriter,
  mode: 'append' | 'prepend',
  key: string,
  item: Pick<BinaryStore, 'data' | 'dataBytes' | 'cas'>,
  opaque = 0,
): void {
  writeHeader(writer, binaryOpcodes[mode], keyBytes(key), 0, item.dataBytes, item.cas, opaque);
  writer.key(key);
  writeData(writer, item);
}

export interface BinaryArithmetic {
  readonly mode: 'increment' | 'decrement';
  readonly by: bigint;
  /** Start value when the key is absent; `undefined`: stays absent. */
  readonly initial: bigint | undefined;
  /** Expiry of an item this request creates. */
  readonly exptime: number;
}

export function writeBinaryArithmetic(writer: ByteWriter, key: string, input: BinaryArithmetic, opaque = 0): void {
  writeHeader(writer, binaryOpcodes[input.mode], keyBytes(key), 20, 0, 0n, opaque);
  writer.uint64(input.by);
  writer.uint64(input.initial ?? 0n);
  writer.uint32(input.initial === undefined ? NO_INITIAL_EXPTIME : input.exptime);
  writer.key(key);
}

export function writeBinaryTouch(writer: ByteWriter, key: string, exptime: number, opaque = 0): void {
  writeExpiry(writer, binaryOpcodes.touch, key, exptime, opaque);
}

/** Answered by one reply for each statistic and one with an empty key. */
export function writeBinaryStat(writer: ByteWriter, group: string, opaque = 0): void {
  writeKeyOnly(writer, binaryOpcodes.stat, group, opaque);
}

export function writeBinaryVersion(writer: ByteWriter, opaque = 0): void {
  writeKeyOnly(writer, binaryOpcodes.version, '', opaque);
}

export function writeBinaryFlush(writer: ByteWriter, opaque = 0): void {
  writeKeyOnly(writer, binaryOpcodes.flush, '', opaque);
}

export function writeBinaryNoop(writer: ByteWriter, opaque = 0): void {
  writeKeyOnly(writer, binaryOpcodes.noop, '', opaque);
}

/** Logs in with SASL PLAIN in one step, without asking for the mechanisms first: one round trip less. */
export function writeBinarySaslPlain(writer: ByteWriter, username: string, password: string): void {
  const message = saslPlain(username, password);
  writeHeader(writer, binaryOpcodes.saslAuthenticate, SASL_PLAIN.length, 0, message.length, 0n, 0);
  writer.latin1(SASL_PLAIN);
  writer.bytes(message);
}

function writeExpiry(writer: ByteWriter, opcode: number, key: string, exptime: number, opaque: number): void {
  writeHeader(writer, opcode, keyBytes(key), 4, 0, 0n, opaque);
  writer.uint32(exptime);
  writer.key(key);
}

function writeData(writer: ByteWriter, { data, dataBytes }: Pick<BinaryStore, 'data' | 'dataBytes'>): void {
  if (typeof data === 'string') writer.utf8(data, dataBytes);
  else writer.bytes(data);
}
