import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import * as binary from './binary/binary-request-writer.js';
import { ByteWriter } from './bytes/byte-writer.js';
import * as meta from './meta/meta-request-writer.js';
import * as text from './text/text-request-writer.js';

type Write = (writer: ByteWriter) => void;
const bytes = (data: string) => ({ data, dataBytes: Buffer.byteLength(data) });

function write(request: Write): Buffer {
  const writer = new ByteWriter();
  request(writer);
  return Buffer.concat(writer.take());
}

/** The requests a real memcached was recorded with (tools/record-transcripts.mjs), by title. */
function recorded(name: string): Map<string, Buffer> {
  const { exchanges } = JSON.parse(readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8')) as {
    exchanges: { title: string; request: string }[];
  };
  return new Map(exchanges.map(({ title, request }) => [title, Buffer.from(request, 'base64')]));
}

const plain = { flags: 0, exptime: 0, cas: 0n };
const nothing = { ...bytes(''), ...plain };
const x = { ...bytes('x'), ...plain };
const noInitial = { initial: undefined, exptime: 0 };

const metaRequests: readonly [string, Write][] = [
  [
    'get',
    (w) => {
      meta.writeMetaGet(w, 'greeting', 'v f');
    },
  ],
  [
    'get with CAS',
    (w) => {
      meta.writeMetaGet(w, 'greeting', 'v f c');
    },
  ],
  [
    'set',
    (w) => {
      meta.writeMetaSet(w, 'greeting', { ...bytes('hello'), flags: 7, exptime: 60, cas: 0n, mode: 'set' });
    },
  ],
  [
    'set an empty value',
    (w) => {
      meta.writeMetaSet(w, 'empty', { ...nothing, mode: 'set' });
    },
  ],
  [
    'add a present key',
    (w) => {
      meta.writeMetaSet(w, 'greeting', { ...x, mode: 'add' });
    },
  ],
  [
    'replace a missing key',
    (w) => {
      meta.writeMetaSet(w, 'absent', { ...x, mode: 'replace' });
    },
  ],
  [
    'set with a wrong CAS',
    (w) => {
      meta.writeMetaSet(w, 'greeting', { ...x, cas: 999_999n, mode: 'set' });
    },
  ],
  [
    'touch',
    (w) => {
      meta.writeMetaGet(w, 'greeting', 'T90');
    },
  ],
  [
    'count a missing key',
    (w) => {
      meta.writeMetaArithmetic(w, 'counter', { mode: 'increment', by: 1n, ...noInitial });
    },
  ],
  [
    'create a counter',
    (w) => {
      meta.writeMetaArithmetic(w, 'counter', { mode: 'increment', by: 1n, initial: 100n, exptime: 60 });
    },
  ],
  [
    'decrement to fewer digits',
    (w) => {
      meta.writeMetaArithmetic(w, 'counter', { mode: 'decrement', by: 96n, ...noInitial });
    },
  ],
  [
    'delete',
    (w) => {
      meta.writeMetaDelete(w, 'greeting');
    },
  ],
  [
    'version',
    (w) => {
      text.writeTextVersion(w);
    },
  ],
  [
    'flush',
    (w) => {
      text.writeTextFlushAll(w);
    },
  ],
];

const hi = { ...bytes('hi'), flags: 0, exptime: 0 };
const textRequests: readonly [string, Write][] = [
  [
    'get',
    (w) => {
      text.writeTextGet(w, 'get', ['greeting']);
    },
  ],
  [
    'get several',
    (w) => {
      text.writeTextGet(w, 'get', ['greeting', 'absent', 'greeting']);
    },
  ],
  [
    'gets',
    (w) => {
      text.writeTextGet(w, 'gets', ['greeting']);
    },
  ],
  [
    'gat',
    (w) => {
      text.writeTextGetAndTouch(w, 'gat', 60, ['greeting']);
    },
  ],
  [
    'gats',
    (w) => {
      text.writeTextGetAndTouch(w, 'gats', 60, ['greeting']);
    },
  ],
  [
    'set',
    (w) => {
      text.writeTextStore(w, 'set', 'greeting', { ...bytes('hello'), flags: 7, exptime: 60 });
    },
  ],
  [
    'add a present key',
    (w) => {
      text.writeTextStore(w, 'add', 'greeting', x);
    },
  ],
  [
    'replace',
    (w) => {
      text.writeTextStore(w, 'replace', 'greeting', hi);
    },
  ],
  [
    'append',
    (w) => {
      text.writeTextStore(w, 'append', 'greeting', { ...hi, ...bytes('!') });
    },
  ],
  [
    'prepend',
    (w) => {
      text.writeTextStore(w, 'prepend', 'greeting', { ...hi, ...bytes('>') });
    },
  ],
  [
    'a wrong CAS',
    (w) => {
      text.writeTextCas(w, 'greeting', x, 999_999n);
    },
  ],
  [
    'touch',
    (w) => {
      text.writeTextTouch(w, 'greeting', 90);
    },
  ],
  [
    'incr',
    (w) => {
      text.writeTextArithmetic(w, 'incr', 'counter', 5n);
    },
  ],
  [
    'decr',
    (w) => {
      text.writeTextArithmetic(w, 'decr', 'counter', 96n);
    },
  ],
  [
    'delete',
    (w) => {
      text.writeTextDelete(w, 'greeting');
    },
  ],
  [
    'stats',
    (w) => {
      text.writeTextStats(w, 'settings');
    },
  ],
  [
    'version',
    (w) => {
      text.writeTextVersion(w);
    },
  ],
  [
    'verbosity',
    (w) => {
      text.writeTextVerbosity(w, 0);
    },
  ],
  [
    'flush_all',
    (w) => {
      text.writeTextFlushAll(w);
    },
  ],
];

const binaryRequests: readonly [string, Write][] = [
  [
    'get',
    (w) => {
      binary.writeBinaryGet(w, 'greeting');
    },
  ],
  [
    'set',
    (w) => {
      binary.writeBinaryStore(w, 'set', 'greeting', { ...bytes('hello'), flags: 7, exptime: 60, cas: 0n });
    },
  ],
  [
    'set an empty value',
    (w) => {
      binary.writeBinaryStore(w, 'set', 'empty', nothing);
    },
  ],
  [
    'add a present key',
    (w) => {
      binary.writeBinaryStore(w, 'add', 'greeting', x);
    },
  ],
  [
    'replace a missing key',
    (w) => {
      binary.writeBinaryStore(w, 'replace', 'absent', x);
    },
  ],
  [
    'set with a wrong CAS',
    (w) => {
      binary.writeBinaryStore(w, 'set', 'greeting', { ...x, cas: 999_999n });
    },
  ],
  [
    'append',
    (w) => {
      binary.writeBinaryConcat(w, 'append', 'greeting', { ...bytes('!'), cas: 0n });
    },
  ],
  [
    'prepend',
    (w) => {
      binary.writeBinaryConcat(w, 'prepend', 'greeting', { ...bytes('>'), cas: 0n });
    },
  ],
  [
    'touch',
    (w) => {
      binary.writeBinaryTouch(w, 'greeting', 90);
    },
  ],
  [
    'count a missing key',
    (w) => {
      binary.writeBinaryArithmetic(w, 'counter', { mode: 'increment', by: 1n, ...noInitial });
    },
  ],
  [
    'create a counter',
    (w) => {
      binary.writeBinaryArithmetic(w, 'counter', {
        mode: 'increment',
        by: 1n,
        initial: 9_007_199_254_740_993n,
        exptime: 60,
      });
    },
  ],
  [
    'decrement',
    (w) => {
      binary.writeBinaryArithmetic(w, 'counter', { mode: 'decrement', by: 2n, ...noInitial });
    },
  ],
  [
    'delete',
    (w) => {
      binary.writeBinaryDelete(w, 'greeting');
    },
  ],
  [
    'stat',
    (w) => {
      binary.writeBinaryStat(w, 'settings');
    },
  ],
  [
    'version',
    (w) => {
      binary.writeBinaryVersion(w);
    },
  ],
  [
    'flush',
    (w) => {
      binary.writeBinaryFlush(w);
    },
  ],
  [
    'noop',
    (w) => {
      binary.writeBinaryNoop(w);
    },
  ],
];

const saslRequests: readonly [string, Write][] = [
  [
    'login',
    (w) => {
      binary.writeBinarySaslPlain(w, 'alice', 's3cret');
    },
  ],
];

describe.each([
  ['meta', metaRequests],
  ['text', textRequests],
  ['binary', binaryRequests],
  ['sasl-success', saslRequests],
] as const)('the writer of %s requests', (name, requests) => {
  it.each(requests)('writes "%s" as a real memcached was asked', (title, request) => {
    expect(write(request).toString('latin1')).toBe(recorded(name).get(title)?.toString('latin1'));
  });
});

describe('every request writer', () => {
  it('counts keys and values in bytes, not characters', () => {
    expect(
      write((w) => {
        binary.writeBinaryGet(w, 'é');
      }).readUInt16BE(2),
    ).toBe(2);
    const request = write((w) => {
      meta.writeMetaSet(w, 'é', { ...bytes('ü'), ...plain, mode: 'set' });
    });
    expect(request.toString()).toBe('ms é 2\r\nü\r\n');
  });

  it('passes large values on after their line', () => {
    const data = Buffer.alloc(100_000, 'x');
    const request = write((w) => {
      meta.writeMetaSet(w, 'k', { data, dataBytes: data.length, ...plain, mode: 'set' });
    });
    expect(request.toString()).toBe(`ms k 100000\r\n${data.toString()}\r\n`);
  });

  it('refuses a NUL in credentials, which would move the border between name and password', () => {
    expect(() =>
      write((w) => {
        binary.writeBinarySaslPlain(w, 'alice\0', 'secret');
      }),
    ).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION', message: expect.not.stringContaining('secret') }),
    );
  });
});
