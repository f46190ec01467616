/**
 * Client side of the meta protocol: requests -> bytes (memcached doc/protocol.txt, "Meta Commands"). Keys are written as
 * UTF-8 and must have passed rules/key-rules: nothing here looks at them again.
 */
import type { ByteWriter } from '../bytes/byte-writer.js';
import { metaArithmeticModes, metaSetModes } from './meta-flags.js';
import { NO_OPAQUE } from '../text/text-reply.js';

/**
 * @param flags letters with their arguments, separated by spaces: `v f c`
 * @param opaque a number the reply repeats; `NO_OPAQUE`: none
 */
export function writeMetaGet(writer: ByteWriter, key: string, flags: string, opaque = NO_OPAQUE): void {
  writer.utf8(opaque === NO_OPAQUE ? `mg ${key} ${flags}\r\n` : `mg ${key} ${flags} O${opaque}\r\n`);
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
  // Defaults are left out: F0, T0 and mode S are what the server assumes.
  let line = `ms ${key} ${item.dataBytes}`;
  if (item.exptime !== 0) line += ` T${item.exptime}`;
  if (item.flags !== 0) line += ` F${item.flags}`;
  if (item.cas !== 0n) line += ` C${item.cas.toString()}`;
  if (item.mode !== 'set') line += ` M${metaSetModes[item.mode]}`;
  if (opaque !== NO_OPAQUE) line += ` O${opaque}`;
  const { data } = item;
  if (typeof data === 'string') {
    writer.utf8(`${line}\r\n${data}\r\n`);
    return;
  }
  writer.utf8(`${line}\r\n`);
  writer.bytes(data);
  writer.latin1('\r\n');
}

/** @param cas 0n: unconditional */
export function writeMetaDelete(writer: ByteWriter, key: string, cas = 0n, opaque = NO_OPAQUE): void {
  const condition = cas === 0n ? '' : ` C${cas.toString()}`;
  writer.utf8(`md ${key}${condition}${opaque === NO_OPAQUE ? '' : ` O${opaque}`}\r\n`);
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
  let line = `ma ${key} v D${input.by.toString()}`;
  if (input.mode !== 'increment') line += ` M${metaArithmeticModes[input.mode]}`;
  if (input.initial !== undefined) line += ` N${input.exptime} J${input.initial.toString()}`;
  if (opaque !== NO_OPAQUE) line += ` O${opaque}`;
  writer.utf8(`${line}\r\n`);
}

/** Answered `MN`, after everything sent before it. */
export function writeMetaNoop(writer: ByteWriter): void {
  writer.latin1('mn\r\n');
}
