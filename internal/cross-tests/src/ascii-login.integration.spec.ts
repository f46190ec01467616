/** The dialogue before the login of memcached -Y: the real server and the embedded one, byte for byte. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type MemcacheServer } from '@memkit/server';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { knownBuilds } from './beside-memcached.js';

const alice = { username: 'alice', password: 's3cret' };
const login = 'set k 0 0 12\r\nalice s3cret\r\n';

/** Each is sent once the one before is answered: 1.6.18 sends only the last of several refusals to one chunk. */
const dialogues: readonly (readonly string[])[] = [
  [login, 'get k\r\n', 'mg k v\r\n', 'mn\r\n', 'version\r\n'],
  ['set k 0 0 12 noreply\r\nalice s3cret\r\n', 'mn\r\n'],
  ['set k x y 12\r\nalice s3cret\r\n', 'mn\r\n'],
  [`set ${'k'.repeat(300)} 0 0 12 a b c\r\nalice s3cret\r\n`, 'mn\r\n'],
  [login, login, 'get k\r\n'],
  ['set k 0 0 10\r\nalice nope\r\n', 'get k\r\n', login, 'mn\r\n'],
  ['set k 0 0 14\r\nmallory s3cret\r\n'],
  ['set k 0 0 5\r\nalice\r\n', 'set k 0 0 0\r\n\r\n', 'set k 0 0 12\r\nalice\ts3cret\r\n'],
  ['set k 0 0 12\r\nalice\0s3cret\r\n', login, 'mn\r\n'],
  ['version\r\n', 'get a\r\n', 'gets a b\r\n', 'delete a\r\n', 'stats settings\r\n', login, 'mn\r\n'],
  ['SET k 0 0 12\r\n', 'set k 0 12\r\n', 'set k 0 0 x\r\n', 'set k 0 0 -1\r\n', 'ms k 12\r\n', 'GET / HTTP/1.1\r\n'],
];

/** What the two versions read differently; 1.6.45 ends some of the connections. */
const differentDialogues: readonly (readonly string[])[] = [
  ['mn\r\n', 'quit\r\n', '\r\n', 'a\r\n', login, 'mn\r\n'],
  ['set k 0 0 17\r\nalice s3cret more\r\n', 'mn\r\n'],
  ['set k 0 0 14\r\n alice  s3cret\r\n', 'mn\r\n'],
  ['a b c\r\n', 'a b\r\n'],
  ['get a\r\n', 'quit\r\n'],
  ['get a\r\n', 'x'.repeat(2000) + '\r\n', '\x80\x0b' + '\0'.repeat(22) + '\r\n'],
];

/** Only of one version: the other answers twice, of which it sends the last, or waits for the data. */
const dialoguesOf: Readonly<Record<string, readonly (readonly string[])[]>> = {
  '1.6.18': [
    ['set k 0 0 12\nalice s3cret\r\n', 'mn\r\n'],
    [' set k 0 0 +12\r\nalice s3cret\r\n', 'mn\r\n'],
  ],
  '1.6.45': [
    ['set k 0 0 120\nalice s3cret\r\n'],
    ['set k 0 0\0 12\r\nalice s3cret\r\n'],
    ['settle k 0 0 12\r\nalice s3cret\r\n'],
    ['set k 0 0 6\r\nalice \r\n', 'set k 0 0 4294967296\r\n'],
    ['set k 0 0 16385\r\n', login, 'mn\r\n'],
    ['set k 0 0 12\0\r\n', ' set k 0 0 12\r\n', 'set k 0 0 +12\r\n'],
  ],
};

async function converse(port: number, requests: readonly string[]): Promise<readonly string[]> {
  const socket: Socket = connect(port, '127.0.0.1');
  const replies: string[] = [];
  const closed = once(socket, 'close').then(() => undefined);
  for (const request of requests) {
    socket.write(Buffer.from(request, 'latin1'));
    const received = await Promise.race([closed, once(socket, 'data')]);
    const reply = received?.[0] as Buffer | undefined;
    replies.push(reply?.toString('latin1') ?? '<closed>');
    if (reply === undefined) break;
  }
  socket.destroy();
  return replies;
}

describe.each(knownBuilds)('the login of memcached -Y beside the $name', ({ program, version }) => {
  let memcached: RealMemcached;
  let server: MemcacheServer;
  beforeAll(async () => {
    server = createServer({ accounts: alice, login: 'ascii', version });
    memcached = await startMemcached({ authFile: alice, binary: program });
  });
  afterAll(async () => {
    await Promise.all([server.close(), memcached.stop('SIGKILL')]);
  });

  it.each([...dialogues, ...differentDialogues, ...(dialoguesOf[version] ?? [])])(
    'answers %j the same',
    async (...all) => {
      const requests = all;
      const { port } = await server.listen();
      server.flush();
      expect(await converse(port, requests)).toEqual(await converse(memcached.port, requests));
    },
  );

  it('ends at a line that is longer than 2,048 bytes', async () => {
    const { port } = await server.listen();
    for (const place of [port, memcached.port]) {
      const socket = connect(place, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write('x'.repeat(2049));
      await once(socket, 'close');
    }
  });
});
