/**
 * Client side of the classic text protocol: requests -> bytes (memcached doc/protocol.txt). Keys are written as UTF-8 and
 * must have passed rules/key-rules: nothing here looks at them again.
 */
import type { ByteWriter } from '../bytes/byte-writer.js';

export function writeTextGet(writer: ByteWriter, command: 'get' | 'gets', keys: readonly string[]): void {
  writer.utf8(`${command} ${keys.join(' ')}\r\n`);
}

/** Reads and sets a new expiry. */
export function writeTextGetAndTouch(
  writer: ByteWriter,
  command: 'gat' | 'gats',
  exptime: number,
  keys: readonly string[],
): void {
  writer.utf8(`${command} ${exptime} ${keys.join(' ')}\r\n`);
}

export interface TextStore {
  readonly data: Uint8Array | string;
  /** Size of `data` on the wire, in bytes. */
  readonly dataBytes: number;
  readonly flags: number;
  readonly exptime: number;
}

export function writeTextStore(
  writer: ByteWriter,
  command: 'set' | 'add' | 'replace' | 'append' | 'prepend',
  key: string,
  item: TextStore,
): void {
  writeBlock(writer, `${command} ${key} ${item.flags} ${item.exptime} ${item.dataBytes}`, item.data);
}

export function writeTextCas(writer: ByteWriter, key: string, item: TextStore, cas: bigint): void {
  writeBlock(writer, `cas ${key} ${item.flags} ${item.exptime} ${item.dataBytes} ${cas.toString()}`, item.data);
}

export function writeTextDelete(writer: ByteWriter, key: string): void {
  writer.utf8(`delete ${key}\r\n`);
}

export function writeTextArithmetic(writer: ByteWriter, command: 'incr' | 'decr', key: string, by: bigint): void {
  writer.utf8(`${command} ${key} ${by.toString()}\r\n`);
}

export function writeTextTouch(writer: ByteWriter, key: string, exptime: number): void {
  writer.utf8(`touch ${key} ${exptime}\r\n`);
}

/** @param group `''` for the general statistics, or `settings`, `items`, `slabs`, … */
export function writeTextStats(writer: ByteWriter, group: string): void {
  writer.latin1(group === '' ? 'stats\r\n' : `stats ${group}\r\n`);
}

/** ElastiCache's question for the nodes of a cluster (its documentation, "config" commands; since engine 1.4.14). */
export function writeTextConfigGet(writer: ByteWriter): void {
  writer.latin1('config get cluster\r\n');
}

export function writeTextVersion(writer: ByteWriter): void {
  writer.latin1('version\r\n');
}

/** @param delaySeconds items older than now plus this many seconds become invalid then */
export function writeTextFlushAll(writer: ByteWriter, delaySeconds = 0): void {
  writer.latin1(delaySeconds === 0 ? 'flush_all\r\n' : `flush_all ${delaySeconds}\r\n`);
}

export function writeTextVerbosity(writer: ByteWriter, level: number): void {
  writer.latin1(`verbosity ${level}\r\n`);
}

function writeBlock(writer: ByteWriter, line: string, data: Uint8Array | string): void {
  if (typeof data === 'string') {
    writer.utf8(`${line}\r\n${data}\r\n`);
    return;
  }
  writer.utf8(`${line}\r\n`);
  writer.bytes(data);
  writer.latin1('\r\n');
}
