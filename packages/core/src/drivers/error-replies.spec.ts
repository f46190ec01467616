import { describe, expect, it } from '@jest/globals';
import { BinaryDriver } from './binary-driver.js';
import { MetaDriver } from './meta-driver.js';
import type { ProtocolDriver, WireRequest } from './protocol-driver.js';

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

describe('an error line of a meta connection', () => {
  const driver = new MetaDriver(server);

  it.each([
    ['SERVER_ERROR object too large for cache', 'ITEM_TOO_LARGE'],
    ['SERVER_ERROR out of memory storing object', 'SERVER_ERROR'],
    ['CLIENT_ERROR cannot increment or decrement non-numeric value', 'NOT_A_NUMBER'],
    ['CLIENT_ERROR unauthenticated', 'AUTH_FAILED'],
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

  it('of another command than was asked for is not taken for an answer', () => {
    const driver = new BinaryDriver(server, { isLoggedIn: false });
    expect(() => answer(driver, driver.delete('a'), reply(0x00, 0, ''))).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_UNEXPECTED_REPLY', message: expect.stringContaining('opcode 0x0') }),
    );
  });
});
