/**
 * Requests and the length of their replies, for keys of one length and values of one length. Written out here, not taken
 * from the client under test.
 *
 * @typedef {object} Wire
 * @property {(key: string) => Buffer} get
 * @property {(key: string, value: Buffer) => Buffer} set
 * @property {(keys: readonly string[]) => Buffer} getMany
 * @property {(keyBytes: number, valueBytes: number) => number} getReplyBytes when the key is there
 * @property {number} setReplyBytes
 * @property {(keyBytes: number, valueBytes: number, keys: number) => number} getManyReplyBytes
 */

const CRLF = Buffer.from('\r\n');

function binary(opcode, key, extras, value) {
  const header = Buffer.alloc(24);
  header[0] = 0x80;
  header[1] = opcode;
  header.writeUInt16BE(key.length, 2);
  header[4] = extras.length;
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  return Buffer.concat([header, extras, Buffer.from(key), value]);
}

const NOTHING = Buffer.alloc(0);
const textHeader = (keyBytes, valueBytes) => `VALUE ${'k'.repeat(keyBytes)} 0 ${valueBytes}\r\n`.length;

/** @type {Readonly<Record<'meta' | 'text' | 'binary', Wire>>} */
export const wires = {
  meta: {
    get: (key) => Buffer.from(`mg ${key} v f\r\n`),
    set: (key, value) => Buffer.concat([Buffer.from(`ms ${key} ${value.length}\r\n`), value, CRLF]),
    getMany: (keys) => Buffer.concat(keys.map((key) => Buffer.from(`mg ${key} v f\r\n`))),
    getReplyBytes: (_, valueBytes) => `VA ${valueBytes} f0\r\n`.length + valueBytes + 2,
    setReplyBytes: 'HD\r\n'.length,
    getManyReplyBytes: (_, valueBytes, keys) => keys * (`VA ${valueBytes} f0\r\n`.length + valueBytes + 2),
  },
  text: {
    get: (key) => Buffer.from(`get ${key}\r\n`),
    set: (key, value) => Buffer.concat([Buffer.from(`set ${key} 0 0 ${value.length}\r\n`), value, CRLF]),
    getMany: (keys) => Buffer.from(`get ${keys.join(' ')}\r\n`),
    getReplyBytes: (keyBytes, valueBytes) => textHeader(keyBytes, valueBytes) + valueBytes + 2 + 'END\r\n'.length,
    setReplyBytes: 'STORED\r\n'.length,
    getManyReplyBytes: (keyBytes, valueBytes, keys) =>
      keys * (textHeader(keyBytes, valueBytes) + valueBytes + 2) + 'END\r\n'.length,
  },
  binary: {
    get: (key) => binary(0x00, key, NOTHING, NOTHING),
    set: (key, value) => binary(0x01, key, Buffer.alloc(8), value),
    getMany: (keys) => Buffer.concat(keys.map((key) => binary(0x00, key, NOTHING, NOTHING))),
    getReplyBytes: (_, valueBytes) => 24 + 4 + valueBytes,
    setReplyBytes: 24,
    getManyReplyBytes: (_, valueBytes, keys) => keys * (24 + 4 + valueBytes),
  },
};

/** SASL PLAIN, and how a login that succeeded begins: opcode 0x21, status 0. */
export function saslLogin({ username, password }) {
  return binary(0x21, 'PLAIN', NOTHING, Buffer.from(`\0${username}\0${password}`));
}
