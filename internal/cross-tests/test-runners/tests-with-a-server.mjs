// What every runner's fixture runs; use-memcache-server.integration.spec.ts expects three passed tests and a process that ends.
import { once } from 'node:events';
import { connect } from 'node:net';

export function testsWithAServer({ describe, it, equal, useMemcacheServer }) {
  const cache = useMemcacheServer({ sasl: { username: 'ada', password: 'lovelace' } });
  const plain = useMemcacheServer({ recordCalls: 0 });

  /** Sends a line and gives the answer, or nothing when the connection ends. */
  async function ask(line) {
    const socket = connect(plain.address.port, plain.address.host);
    socket.write(line);
    const reply = await Promise.race([once(socket, 'data'), once(socket, 'close')]);
    socket.destroy();
    return String(reply[0]);
  }

  let early;
  try {
    early = cache.url;
  } catch (error) {
    early = error.code;
  }

  describe('a test with a server', () => {
    it('has no address before it starts, and then all that a client needs', () => {
      equal(early, 'MEMCACHE_NOT_CONFIGURED');
      equal(cache.environment.MEMCACHE_SERVERS, `127.0.0.1:${cache.address.port}`);
      equal(cache.environment.MEMCACHE_PASSWORD, 'lovelace');
      equal(cache.calls.isRecording, true);
      equal(plain.calls.isRecording, false);
    });

    it('leaves items, faults and calls behind', async () => {
      equal(await ask('set user:42 0 0 3\r\nAda\r\n'), 'STORED\r\n');
      equal(await ask('get user:42\r\n'), 'VALUE user:42 0 3\r\nAda\r\nEND\r\n');
      plain.faults.on('version').close();
      equal(await ask('version\r\n'), 'false');
      cache.connect().write(Buffer.from([0x80, 0x0b, ...Array.from({ length: 22 }, () => 0)]));
      await cache.calls.waitFor({ command: 'version' });
    });

    it('finds none of them in the next one', async () => {
      equal(await ask('get user:42\r\n'), 'END\r\n');
      equal((await ask('version\r\n')).startsWith('VERSION'), true);
      equal(cache.calls.count(), 0);
    });
  });
}
