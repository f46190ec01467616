/** Replies of the classic text protocol -> bytes. Keys are byte strings: one character is one byte. */
import type { ByteWriter } from '../bytes/byte-writer.js';

const CRLF = '\r\n';

export function writeLine(writer: ByteWriter, line: string): void {
  writer.latin1(line + CRLF);
}

export interface TextValue {
  readonly key: string;
  readonly flags: number;
  readonly value: Buffer;
  /** Only for `gets` and `gats`. */
  readonly cas?: bigint | undefined;
}

export function writeValue(writer: ByteWriter, { key, flags, value, cas }: TextValue): void {
  // Piece by piece: a joined string costs more than all of them.
  writer.latin1('VALUE ');
  writer.latin1(key);
  writer.latin1(' ');
  writer.decimal(flags);
  writer.latin1(' ');
  writer.decimal(value.length);
  if (cas !== undefined) writer.latin1(` ${String(cas)}`);
  writer.latin1(CRLF);
  writer.bytes(value);
  writer.latin1(CRLF);
}

export function writeEnd(writer: ByteWriter): void {
  writer.latin1(`END${CRLF}`);
}

export function writeStat(writer: ByteWriter, name: string, value: string): void {
  writer.latin1(`STAT ${name} ${value}${CRLF}`);
}
