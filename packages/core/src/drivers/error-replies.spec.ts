import { describe, expect, it } from '@jest/globals';
import { ByteWriter } from '@memkit/protocol/internal';
import { BinaryDriver } from './binary-driver.js';
import { MetaDriver } from './meta-driver.js';
import { needsMore, type ProtocolDriver, type WireRequest } from './protocol-driver.js';
import { TextDriver } from './text-driver.js';

const server = 'cache.example:11211';
const item = { data: 'v', dataBytes: 1, flags: 0, exptime: 0, cas: 0n };

/** What a request makes of the bytes a server answers. */
function answer<Result>(driver: ProtocolDriver, request: WireRequest<Result>, bytes: Buffer): unknown {
  let result: unknown = 'no reply';
  driver
    .createReplyParser((reply) => {
      result = request.decode(reply);
    })
    .push(bytes);
  return result;
}

describe.each([
  ['meta', () => new MetaDriver(server, { isLoggedIn: false })],
  ['text', () => new TextDriver(server, { isLoggedIn: false })],
] as const)('an error line of a %s connection', (_, createDriver) => {
  const driver = createDriver();

  it.each([
    ['SERVER_ERROR object too large for cache', 'ITEM_TOO_LARGE'],
    ['SERVER_ERROR out of memory storing object', 'SERVER_ERROR'],
    ['CLIENT_ERROR cannot increment or decrement non-numeric value', 'NOT_A_NUMBER'],
    ['CLIENT_ERROR unauthenticated', 'AUTH_FAILED'],
    ['CLIENT_ERROR not permitted', 'NOT_PERMITTED'],
    ['CLIENT_ERROR bad data chunk', 'CLIENT_ERROR'],
    ['ERROR', 'UNKNOWN_COMMAND'],
    ['EN', 'UNEXPECTED_REPLY'],
  ])('%s rejects with %s', (line, name) => {
    const request = driver.store('set', 'user:42', item);
    expect(() => answer(driver, request, Buffer.from(`${line}\r\n`))).toThrow(
      expect.objectContaining({
        code: `MEMCACHE_${name}`,
        key: 'user:42',
        server,
        command: 'set',
        message: expect.stringMatching(
          /^Cannot store key "user:42" on server cache\.example:11211: the server answered/,
        ),
      }),
    );
  });
});

describe.each([
  ['meta', MetaDriver, 'NS\r\n'],
  ['text', TextDriver, 'NOT_STORED\r\n'],
] as const)('a set that is not stored, on a %s connection', (_, Driver, reply) => {
  const answered = (isLoggedIn: boolean, mode: 'set' | 'add', cas = 0n): unknown => {
    const driver = new Driver(server, { isLoggedIn });
    const request = driver.store(mode, 'user:42', { ...item, cas });
    return answer(driver, request, Buffer.from(reply.replace('\r\n', Driver === MetaDriver ? ' O1\r\n' : '\r\n')));
  };

  it('is about permission behind a login, and about the condition where there is one', () => {
    expect(() => answered(true, 'set')).toThrow(expect.objectContaining({ code: 'MEMCACHE_NOT_PERMITTED' }));
    expect(answered(true, 'add')).toBe('not_stored');
    expect(answered(true, 'set', 5n)).toBe('not_stored');
    expect(answered(false, 'set')).toBe('not_stored');
  });
});

describe('a command the server is too old for', () => {
  const old = new TextDriver(server, { isLoggedIn: false, version: '1.4.7' });
  const failure = expect.objectContaining({
    code: 'MEMCACHE_UNKNOWN_COMMAND',
    message: expect.stringContaining('of version 1.4.7'),
  });

  it('rejects with the version, so that everybody sees why', () => {
    expect(() => answer(old, old.touch('user:42', 60), Buffer.from('ERROR\r\n'))).toThrow(failure);
  });

  it('is asked for in another way where there is one: getAndTouch is touch and get', () => {
    const writer = new ByteWriter();
    const request = old.getAndTouch('user:42', 60);
    request.encode(writer);
    expect(Buffer.concat(writer.take()).toString()).toBe('touch user:42 60\r\nget user:42\r\n');
    expect(answer(old, request, Buffer.from('TOUCHED\r\nVALUE user:42 0 2\r\nhi\r\nEND\r\n'))).toMatchObject({
      data: Buffer.from('hi'),
    });
  });

  it('takes an item that could not be touched for a miss, and reads both answers before it fails', () => {
    const value = 'VALUE user:42 0 2\r\nhi\r\nEND\r\n';
    const untouched = answer(old, old.getAndTouch('user:42', 60), Buffer.from(`NOT_FOUND\r\n${value}`));
    expect(untouched).toBeUndefined();
    const request = old.getAndTouch('user:42', 60);
    expect(answer(old, request, Buffer.from('ERROR\r\n'))).toBe(needsMore);
    expect(() => answer(old, request, Buffer.from(value))).toThrow(failure);
  });

  it('is used where the version has it', () => {
    const writer = new ByteWriter();
    new TextDriver(server, { isLoggedIn: false, version: '1.5.3' }).getAndTouch('user:42', 60).encode(writer);
    expect(Buffer.concat(writer.take()).toString()).toBe('gat 60 user:42\r\n');
  });
});

describe('an item nobody asked for', () => {
  const driver = new TextDriver(server, { isLoggedIn: false });
  const stranger = Buffer.from('VALUE user:43 0 2\r\nhi\r\nEND\r\n');

  it.each([
    ['get', driver.get('user:42')],
    ['gets', driver.gets('user:42')],
    ['getAndTouch', new TextDriver(server, { isLoggedIn: false, version: '1.6.18' }).getAndTouch('user:42', 60)],
    ['getMany', driver.getMany(['user:42', 'user:41'])],
  ])('rejects %s with UNEXPECTED_REPLY', (_, request) => {
    expect(() => answer(driver, request as WireRequest<unknown>, stranger)).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_UNEXPECTED_REPLY', server }),
    );
  });
});

describe('a miss of the meta protocol without its number', () => {
  const bare = Buffer.from('EN\r\n');

  it.each([undefined, '1.6.10', '1.6.17'])('is a miss on version %s, which may not repeat it', (version) => {
    const driver = new MetaDriver(server, { isLoggedIn: false, version });
    expect(answer(driver, driver.get('a'), bare)).toBeUndefined();
  });

  it('belongs to another request on version 1.6.18', () => {
    const driver = new MetaDriver(server, { isLoggedIn: false, version: '1.6.18' });
    expect(() => answer(driver, driver.get('a'), bare)).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_UNEXPECTED_REPLY',
        message: expect.stringContaining('EN with no number where 1 was asked for'),
      }),
    );
  });
});

describe('many keys on a binary connection', () => {
  const frame = (opcode: number, opaque: number, status: number, key = '', value = ''): Buffer => {
    const header = Buffer.alloc(24);
    header.writeUInt8(0x81, 0);
    header.writeUInt8(opcode, 1);
    header.writeUInt16BE(key.length, 2);
    header.writeUInt16BE(status, 6);
    header.writeUInt32BE(key.length + value.length, 8);
    header.writeUInt32BE(opaque, 12);
    return Buffer.concat([header, Buffer.from(key + value)]);
  };
  const first = 0x1_0000;

  it('are read to the end before an error of one of them is reported, so that the connection stays in step', () => {
    const driver = new BinaryDriver(server, { isLoggedIn: false });
    const request = driver.getMany(['a', 'b']);
    expect(answer(driver, request, frame(0x0d, first, 0x82))).toBe(needsMore);
    expect(answer(driver, request, frame(0x0d, first + 1, 0, 'b', 'two'))).toBe(needsMore);
    expect(() => answer(driver, request, frame(0x0a, 1, 0))).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_SERVER_ERROR' }),
    );
  });

  it('report a missing login at once, because the server hangs up', () => {
    const driver = new BinaryDriver(server, { isLoggedIn: false });
    expect(() => answer(driver, driver.getMany(['a']), frame(0x0d, first, 0x20))).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_AUTH_FAILED' }),
    );
  });

  it.each([
    ['a number behind the last key', frame(0x0d, first + 2, 0, 'a', 'one')],
    ['the number of another request', frame(0x0d, 2 * first, 0, 'a', 'one')],
    ['another key than its number says', frame(0x0d, first + 1, 0, 'a', 'one')],
    ['a noop of another request', frame(0x0a, 2, 0)],
  ])('reject %s', (_, reply) => {
    const driver = new BinaryDriver(server, { isLoggedIn: false });
    expect(() => answer(driver, driver.getMany(['a', 'b']), reply)).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_UNEXPECTED_REPLY' }),
    );
  });
});

describe('the configuration of a cluster', () => {
  const body = '12\nnode-1.example|10.0.0.1|11211\n';

  it('is read from the text protocols, however its last line feed is counted', () => {
    const driver = new MetaDriver(server, { isLoggedIn: false });
    for (const length of [body.length, body.length - 1]) {
      const reply = Buffer.from(`CONFIG cluster 0 ${String(length)}\r\n${body}\r\nEND\r\n`);
      expect(answer(driver, driver.clusterConfiguration(), reply)).toBe(body.slice(0, length));
    }
  });

  it('is asked for under its key on the binary protocol', () => {
    const writer = new ByteWriter();
    new BinaryDriver(server, { isLoggedIn: false }).clusterConfiguration().encode(writer);
    expect(Buffer.concat(writer.take()).subarray(24).toString()).toBe('AmazonElastiCache:cluster');
  });

  it('is not there on any other memcached, which the error says', () => {
    const driver = new MetaDriver(server, { isLoggedIn: false });
    for (const reply of ['ERROR\r\n', 'END\r\n']) {
      expect(() => answer(driver, driver.clusterConfiguration(), Buffer.from(reply))).toThrow(
        expect.objectContaining({
          code: 'MEMCACHE_UNKNOWN_COMMAND',
          message: expect.stringContaining('configuration endpoint'),
        }),
      );
    }
  });
});

describe('a status of a binary connection', () => {
  const reply = (opcode: number, status: number, text: string): Buffer => {
    const header = Buffer.alloc(24);
    header.writeUInt8(0x81, 0);
    header.writeUInt8(opcode, 1);
    header.writeUInt16BE(status, 6);
    header.writeUInt32BE(text.length, 8);
    // The first request of a connection.
    header.writeUInt32BE(1, 12);
    return Buffer.concat([header, Buffer.from(text)]);
  };

  it.each([
    [0x0003, 'ITEM_TOO_LARGE'],
    [0x0004, 'CLIENT_ERROR'],
    [0x0006, 'NOT_A_NUMBER'],
    [0x0020, 'AUTH_FAILED'],
    [0x0081, 'UNKNOWN_COMMAND'],
    [0x0083, 'UNKNOWN_COMMAND'],
    [0x0082, 'SERVER_ERROR'],
    [0x0086, 'SERVER_ERROR'],
    [0x0777, 'UNEXPECTED_REPLY'],
  ])('0x%x rejects with %s', (status, name) => {
    const driver = new BinaryDriver(server, { isLoggedIn: false });
    const request = driver.store('set', 'user:42', item);
    expect(() => answer(driver, request, reply(0x01, status, 'Sorry.'))).toThrow(
      expect.objectContaining({ code: `MEMCACHE_${name}`, key: 'user:42', server, command: 'set' }),
    );
  });

  it('0x20 after a login is about permission, not about the login', () => {
    const driver = new BinaryDriver(server, { isLoggedIn: true });
    expect(() => answer(driver, driver.delete('a'), reply(0x04, 0x20, ''))).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_NOT_PERMITTED', message: expect.stringContaining('capability') }),
    );
  });

  it('0x05 to a set behind a login is about permission too, as at MemCachier', () => {
    const store = (isLoggedIn: boolean): unknown => {
      const driver = new BinaryDriver(server, { isLoggedIn });
      return answer(driver, driver.store('set', 'a', item), reply(0x01, 0x05, 'Not stored.'));
    };
    expect(() => store(true)).toThrow(expect.objectContaining({ code: 'MEMCACHE_NOT_PERMITTED' }));
    expect(store(false)).toBe('not_stored');
  });

  it('of another command than was asked for is not taken for an answer', () => {
    const driver = new BinaryDriver(server, { isLoggedIn: false });
    expect(() => answer(driver, driver.delete('a'), reply(0x00, 0, ''))).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_UNEXPECTED_REPLY', message: expect.stringContaining('opcode 0x0') }),
    );
  });
});
