import { describe, expect, it } from '@jest/globals';
import { recognizeOtherWire, recognizeStranger } from './strangers.js';

describe('recognizeStranger', () => {
  it.each([
    ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\n'],
    ['a Redis server', "-ERR unknown command 'mn'\r\n"],
    ['a Redis server', '-NOAUTH Authentication required.\r\n'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['a mail or FTP server', '220 mail.example ESMTP\r\n'],
    ['an AMQP server', 'AMQP\0\0\x09\x01'],
    ['a MySQL server', '\x4a\0\0\0\x0a8.0.36\0'],
    ['a MySQL server', '\x45\0\0\0\xff\x6a\x04Host is blocked'],
    ['a PostgreSQL server', 'E\0\0\0\x80SFATAL\0'],
    ['a TLS server', '\x15\x03\x01\0\x02\x02\x0a'],
  ])('%s', (name, head) => {
    expect(recognizeStranger(Buffer.from(head, 'latin1'))).toMatchObject({
      name: 'WRONG_PROTOCOL',
      detail: `${name} answered`,
    });
  });

  it.each(['VA 1 f0\r\na\r\n', 'EN\r\n', 'ERROR\r\n', 'VERSION 1.6.18\r\n', 'END\r\n', '\x81\0\0\0\0\0\0\0', 'E', '2'])(
    'does not mistake a memcached that begins with %j',
    (head) => {
      expect(recognizeStranger(Buffer.from(head, 'latin1'))).toBeUndefined();
    },
  );
});

describe('recognizeOtherWire', () => {
  it('tells a text port from a binary client, and the other way round', () => {
    expect(recognizeOtherWire(Buffer.from('CLIENT_ERROR unauthenticated\r\n'), 'binary')).toMatchObject({
      name: 'WRONG_PROTOCOL',
      hint: expect.stringContaining("'text'"),
    });
    expect(recognizeOtherWire(Buffer.from([0x81, 0]), 'text')).toMatchObject({ name: 'WRONG_PROTOCOL' });
    expect(recognizeOtherWire(Buffer.from('ERROR\r\n'), 'text')).toBeUndefined();
    expect(recognizeOtherWire(Buffer.from([0x81, 0]), 'binary')).toBeUndefined();
  });

  it('leaves a full server to whoever knows it', () => {
    expect(recognizeOtherWire(Buffer.from('ERROR Too many open connections\r\n'), 'binary')).toBeUndefined();
  });
});
