/** Replies of the meta protocol -> bytes. */
import type { ByteWriter } from '../bytes/byte-writer.js';

/** VA: value follows. HD: done. EN: miss. NF: not found. NS: not stored. EX: CAS mismatch. */
export type MetaAnswerStatus = 'VA' | 'HD' | 'EN' | 'NF' | 'NS' | 'EX';

export interface MetaAnswerLine {
  readonly status: MetaAnswerStatus;
  /** Return flags in the order they are sent, each with its letter: `c42`, `W`. */
  readonly flags: readonly string[];
  /** Only with VA. */
  readonly value?: Buffer | undefined;
}

export function writeMetaReply(writer: ByteWriter, { status, flags, value }: MetaAnswerLine): void {
  const tail = flags.length === 0 ? '\r\n' : ` ${flags.join(' ')}\r\n`;
  if (value === undefined) {
    writer.latin1(status + tail);
    return;
  }
  writer.latin1(`${status} ${String(value.length)}${tail}`);
  writer.bytes(value);
  writer.latin1('\r\n');
}

/** The `k` flag of a reply: the key as the client sent it, with `b` behind it when that was base64. */
export function metaKeyFlags(key: string, isBinary: boolean): readonly string[] {
  return isBinary ? [`k${Buffer.from(key, 'latin1').toString('base64')}`, 'b'] : [`k${key}`];
}
