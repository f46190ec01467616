/**
 * Client side of the classic text protocol: requests -> bytes (memcached doc/protocol.txt). Keys are written as UTF-8 and
 * must have passed rules/key-rules: nothing here looks at them again.
 */
import type { ByteWriter } from '../bytes/byte-writer.js';

export function writeTextGet(writer: ByteWriter, command: 'get' | 'gets', keys: readonly string[]): void {
  writer.latin1(command);
  writeKeys(writer, keys);
}

/** One of the keys of a `get` that is written key by key. */
export function writeTextGetKey(writer: ByteWriter, key: string, isFirst: boolean): void {
  writer.latin1(isFirst ? 'get ' : ' ');
  writer.key(key);
}

export function writeTextGetEnd(writer: ByteWriter): void {
  writer.latin1('\r\n');
}

/** Reads and sets a new expiry. */
export function writeTextGetAndTouch(
  writer: ByteWriter,
  command: 'gat' | 'gats',
  exptime: number,
  keys: readonly string[],
): void {
  writer.latin1(`${command} ${exptime}`);
  writeKeys(writer, keys);
}

function writeKeys(writer: ByteWriter, keys: readonly string[]): void {
  writer.latin1(' ');
  writer.key(keys.join(' '));
  writer.latin1('\r\n');
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
  writeStore(writer, command, key, item, '');
}

export function writeTextCas(writer: ByteWriter, key: string, item: TextStore, cas: bigint): void {
  writeStore(writer, 'cas', key, item, ` ${cas.toString()}`);
}

export function writeTextDelete(writer: ByteWriter, key: string): void {
  writeLine(writer, 'delete ', key, '\r\n');
}

export function writeTextArithmetic(writer: ByteWriter, command: 'incr' | 'decr', key: string, by: bigint): void {
  writeLine(writer, `${command} `, key, ` ${by.toString()}\r\n`);
}

export function writeTextTouch(writer: ByteWriter, key: string, exptime: number): void {
  writeLine(writer, 'touch ', key, ` ${exptime}\r\n`);
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

function writeLine(writer: ByteWriter, before: string, key: string, behind: string): void {
  writer.latin1(before);
  writer.key(key);
  writer.latin1(behind);
}

function writeStore(writer: ByteWriter, command: string, key: string, item: TextStore, tail: string): void {
  const { data, dataBytes, flags, exptime } = item;
  writer.latin1(command);
  writer.latin1(' ');
  writer.key(key);
  writer.latin1(' ');
  writer.decimal(flags);
  writer.latin1(' ');
  writer.decimal(exptime);
  writer.latin1(' ');
  writer.decimal(dataBytes);
  writer.latin1(tail);
  writer.latin1('\r\n');
  if (typeof data === 'string') writer.utf8(data, dataBytes);
  else writer.bytes(data);
  writer.latin1('\r\n');
}
