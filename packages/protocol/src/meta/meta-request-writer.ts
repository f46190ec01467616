/**
 * Client side of the meta protocol: requests -> bytes (memcached doc/protocol.txt, "Meta Commands"). Keys are written as
 * UTF-8 and must have passed rules/key-rules: nothing here looks at them again.
 */
import type { ByteWriter } from '../bytes/byte-writer.js';
import { metaArithmeticModes, metaSetModes } from './meta-flags.js';
import { NO_OPAQUE } from '../text/text-reply.js';

const VALUE_AND_FLAGS = 'v f';
/** What stands behind the key of nearly every get, in one piece for each short opaque: 2 % of a get's CPU. */
const plainGetEnds: readonly string[] = Array.from(
  { length: 100 },
  (_, opaque) => ` ${VALUE_AND_FLAGS} O${opaque}\r\n`,
);

/**
 * @param flags letters with their arguments, separated by spaces: `v f c`
 * @param opaque a number the reply repeats; `NO_OPAQUE`: none
 */
export function writeMetaGet(writer: ByteWriter, key: string, flags: string, opaque = NO_OPAQUE): void {
  writer.latin1('mg ');
  writer.key(key);
  const end = flags === VALUE_AND_FLAGS ? plainGetEnds[opaque] : undefined;
  if (end !== undefined) {
    writer.latin1(end);
    return;
  }
  writer.latin1(' ');
  writer.latin1(flags);
  endLine(writer, opaque);
}

export interface MetaSet {
  readonly data: Uint8Array | string;
  /** Size of `data` on the wire, in bytes. */
  readonly dataBytes: number;
  readonly flags: number;
  readonly exptime: number;
  /** 0n: unconditional. */
  readonly cas: bigint;
  readonly mode: keyof typeof metaSetModes;
}

export function writeMetaSet(writer: ByteWriter, key: string, item: MetaSet, opaque = NO_OPAQUE): void {
  writer.latin1('ms ');
  writer.key(key);
  writeNumber(writer, ' ', item.dataBytes);
  // Defaults are left out: T0, F0 and mode S are what the server assumes.
  if (item.exptime !== 0) writeNumber(writer, ' T', item.exptime);
  if (item.flags !== 0) writeNumber(writer, ' F', item.flags);
  if (item.cas !== 0n) writer.latin1(` C${item.cas.toString()}`);
  if (item.mode !== 'set') writer.latin1(` M${metaSetModes[item.mode]}`);
  endLine(writer, opaque);
  const { data } = item;
  if (typeof data === 'string') writer.utf8(data, item.dataBytes);
  else writer.bytes(data);
  writer.latin1('\r\n');
}

/** @param cas 0n: unconditional */
export function writeMetaDelete(writer: ByteWriter, key: string, cas = 0n, opaque = NO_OPAQUE): void {
  writer.latin1('md ');
  writer.key(key);
  if (cas !== 0n) writer.latin1(` C${cas.toString()}`);
  endLine(writer, opaque);
}

export interface MetaArithmetic {
  readonly mode: keyof typeof metaArithmeticModes;
  readonly by: bigint;
  /** Start value when the key is absent; `undefined`: stays absent. */
  readonly initial: bigint | undefined;
  /** Expiry of an item this request creates. */
  readonly exptime: number;
}

export function writeMetaArithmetic(writer: ByteWriter, key: string, input: MetaArithmetic, opaque = NO_OPAQUE): void {
  writer.latin1('ma ');
  writer.key(key);
  writer.latin1(` v D${input.by.toString()}`);
  if (input.mode !== 'increment') writer.latin1(` M${metaArithmeticModes[input.mode]}`);
  if (input.initial !== undefined) {
    writeNumber(writer, ' N', input.exptime);
    writer.latin1(` J${input.initial.toString()}`);
  }
  endLine(writer, opaque);
}

/** Answered `MN`, after everything sent before it. */
export function writeMetaNoop(writer: ByteWriter): void {
  writer.latin1('mn\r\n');
}

function endLine(writer: ByteWriter, opaque: number): void {
  if (opaque !== NO_OPAQUE) writeNumber(writer, ' O', opaque);
  writer.latin1('\r\n');
}

function writeNumber(writer: ByteWriter, before: string, value: number): void {
  writer.latin1(before);
  writer.decimal(value);
}
