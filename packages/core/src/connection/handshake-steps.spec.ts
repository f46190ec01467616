import { describe, expect, it } from '@jest/globals';
import { handshakeSteps, type HandshakeStepName, type HandshakeVerdict } from './handshake-steps.js';

const alice = { username: 'alice', password: 's3cret' };

function sasl(status: number, text: string): string {
  const head = Buffer.alloc(24);
  head.writeUInt16BE(0x8121, 0);
  head.writeUInt16BE(status, 6);
  head.writeUInt32BE(text.length, 8);
  head.writeUInt32BE(0x0d0a0d0a, 12);
  return head.toString('latin1') + text;
}

/** The verdict, and how many bytes it took. */
function readByByte(name: HandshakeStepName, answer: string): [HandshakeVerdict | undefined, number] {
  const bytes = Buffer.from(answer, 'latin1');
  for (let length = 1; length <= bytes.length; length += 1) {
    const verdict = handshakeSteps[name].read(bytes.subarray(0, length));
    if (verdict !== undefined) return [verdict, length];
  }
  return [undefined, bytes.length];
}

const failed = (name: string, detail: RegExp) => ({
  type: 'failed',
  failure: { name, detail: expect.stringMatching(detail) },
});

describe('the request of a step', () => {
  it('logs in by SASL PLAIN with two line ends in the opaque, which memcached -Y needs to answer', () => {
    const bytes = handshakeSteps.sasl.request(alice);
    expect(bytes.subarray(12, 16)).toEqual(Buffer.from('\r\n\r\n'));
    expect(bytes.subarray(24).toString()).toBe('PLAIN\0alice\0s3cret');
  });

  it('logs in to memcached -Y, and takes the item away where none was wanted', () => {
    expect(handshakeSteps.ascii.request({ username: 'zoë', password: 'pä' }).toString()).toBe(
      'set memkit:login 0 0 8\r\nzoë pä\r\ndelete memkit:login\r\n',
    );
  });

  it("logs in in MemCachier's form", () => {
    expect(handshakeSteps.memcachier.request(alice).toString()).toBe('set alice 0 0 6\r\ns3cret\r\n');
  });

  it('asks which protocol and which version it is', () => {
    expect(handshakeSteps.detect.request(undefined).toString()).toBe('mn\r\nversion\r\n');
  });
});

describe('the answer to a step', () => {
  const answers: readonly [HandshakeStepName, string, string, object][] = [
    ['sasl', 'accepted', sasl(0, 'Authenticated'), { type: 'accepted' }],
    ['sasl', 'refused', sasl(0x20, 'Auth failure.'), failed('AUTH_FAILED', /refused the login \(status 0x0020\)/)],
    ['sasl', 'half accepted', sasl(0x21, ''), failed('AUTH_FAILED', /0x0021/)],
    ['sasl', 'unknown to the server', sasl(0x81, 'Unknown command'), { type: 'noAuthentication', speaksBinary: true }],
    ['sasl', 'something else', sasl(0x84, 'Internal error'), failed('UNEXPECTED_REPLY', /0x0084/)],
    ['sasl', 'memcached -Y', 'CLIENT_ERROR unauthenticated\r\n', { type: 'wantsAsciiLogin' }],
    ['sasl', 'a text port', 'ERROR\r\n', { type: 'noAuthentication', speaksBinary: false }],
    ['sasl', 'too many connections', 'ERROR Too many open connections\r\n', failed('CONNECT_FAILED', /as it allows/)],
    ['sasl', 'HTTP', 'HTTP/1.1 400 Bad Request\r\n', failed('WRONG_PROTOCOL', /an HTTP server answered/)],
    ['ascii', 'accepted', 'STORED\r\nNOT_FOUND\r\n', { type: 'accepted' }],
    ['ascii', 'taken for an item', 'STORED\r\nDELETED\r\n', { type: 'noAuthentication', speaksBinary: false }],
    ['ascii', 'refused', 'CLIENT_ERROR authentication failure\r\n', failed('AUTH_FAILED', /refused the login/)],
    ['ascii', 'refused without a reason', 'CLIENT_ERROR unauthenticated\r\n', failed('AUTH_FAILED', /refused/)],
    ['ascii', 'out of memory', 'SERVER_ERROR out of memory\r\n', failed('UNEXPECTED_REPLY', /login with SERVER_ERROR/)],
    ['memcachier', 'accepted', 'STORED\r\n', { type: 'accepted' }],
    ['memcachier', 'refused', 'ERROR authentication failed\r\n', failed('AUTH_FAILED', /refused the login/)],
    ['detect', 'meta', 'MN\r\nVERSION 1.6.18\r\n', { type: 'speaks', protocol: 'meta', version: '1.6.18' }],
    ['detect', "1.6's own dialect", 'MN\r\nVERSION 1.6.9\r\n', { type: 'speaks', protocol: 'text', version: '1.6.9' }],
    ['detect', 'before meta', 'ERROR\r\nVERSION 1.4.39\r\n', { type: 'speaks', protocol: 'text', version: '1.4.39' }],
    ['detect', 'another make', 'MN\r\nVERSION 6.6.0\r\n', { type: 'speaks', protocol: 'meta', version: '6.6.0' }],
    ['detect', 'no version', 'ERROR\r\nERROR\r\n', { type: 'speaks', protocol: 'text', version: undefined }],
    ['detect', 'a login wanted', 'CLIENT_ERROR unauthenticated\r\n', failed('AUTH_FAILED', /without a login/)],
    ['detect', 'Redis', "-ERR unknown command 'mn'\r\n", failed('WRONG_PROTOCOL', /a Redis server answered/)],
    ['detect', 'SSH', 'SSH-2.0-OpenSSH_9.2\r\n', failed('WRONG_PROTOCOL', /an SSH server answered/)],
    ['detect', 'garbage', '\0\xff\xfe\x13\r\n', failed('UNEXPECTED_REPLY', /no reply of a memcached/)],
    ['detect', 'a word of no protocol', 'HELLO\r\n', failed('UNEXPECTED_REPLY', /no reply of a memcached/)],
    ['detect', 'a binary reply', sasl(0, ''), failed('WRONG_PROTOCOL', /.*/)],
  ];

  it.each(answers)('%s › %s', (name, _, answer, verdict) => {
    const bytes = Buffer.from(answer, 'latin1');
    expect(handshakeSteps[name].read(bytes)).toMatchObject(verdict);
    const [byByte, taken] = readByByte(name, answer);
    if (byByte?.type !== 'failed') {
      expect(byByte).toMatchObject(verdict);
      expect(taken).toBe(bytes.length);
    } else {
      expect(verdict).toMatchObject({ type: 'failed' });
    }
  });

  it.each(['sasl', 'ascii', 'memcachier', 'detect'] as const)('%s › an answer without end is given up', (name) => {
    expect(readByByte(name, 'A'.repeat(2000))[0]).toMatchObject(failed('UNEXPECTED_REPLY', /no reply/));
    expect(handshakeSteps[name].read(Buffer.from('CLIENT_ERR'))).toBeUndefined();
  });
});
