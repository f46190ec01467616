/** Formats of other clients for Node.js, as measured with memjs 1.3, memcached 2.2 and memcache-client 1.0. */
import type { ProfileTable } from './table-format.js';
import { asBytes, asText, bytes, decimal, json, text, type ValueKind } from './value-kind.js';

/** memjs has no types: it stores text and bytes alike and gives a Buffer for both. */
const memjsValue: ValueKind = {
  flags: 0,
  name: 'text or bytes',
  grows: true,
  write: (value) => asText(value) ?? asBytes(value),
  read: (data) => data,
};

/** memcached writes a backslash in front of each CR and LF, and takes it away again. */
const escape = (value: string): string => value.replace(/[\r\n]/g, String.raw`\$&`);
const unescape = (value: string): string => value.replace(/\\([\r\n])/g, '$1');

const memcachedText: ValueKind = {
  flags: 0,
  name: 'text',
  grows: true,
  write: (value) => (typeof value === 'string' ? escape(value) : undefined),
  read: (data) => unescape(data.toString('utf8')),
};

/** memcached turns each byte into the character of that number, which travels as UTF-8: 0xff becomes c3 bf. */
const memcachedBytes: ValueKind = {
  flags: 4,
  name: 'bytes',
  write: (value) => {
    const data = asBytes(value);
    return data === undefined ? undefined : Buffer.from(escape(data.toString('latin1')), 'utf8');
  },
  read: (data) => Buffer.from(unescape(data.toString('utf8')), 'latin1'),
};

export const memjs: ProfileTable = { kinds: [memjsValue], kindMask: 0, counterFlags: 0, packings: [] };

export const memcached: ProfileTable = {
  kinds: [memcachedText, memcachedBytes, decimal(8), json(2)],
  kindMask: 0xffff_ffff,
  counterFlags: 8,
  packings: [],
};

/** The client itself refuses to write true and false; it reads them as the JSON that they are here. */
export const memcacheClient: ProfileTable = {
  kinds: [text(0), bytes(8), decimal(4), json(2)],
  kindMask: 0xffff_fffe,
  counterFlags: 4,
  packings: [{ flags: 1, packing: 'Zstandard' }],
};
