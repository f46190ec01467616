/** memcached's idle_timeout, beside both builds: who is sent away, who is not, and what is told of it. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { createServer } from '@memkit/server';
import { memcachedBuilds, startMemcached } from '@memkit/testing';

/** memcached looks once in a second or two. */
const TIMEOUT_MS = 30_000;
const sockets: Socket[] = [];
const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  await Promise.all(ends.splice(0).map((end) => end()));
});

class Client {
  readonly closed: Promise<unknown>;
  replies = '';
  readonly #socket: Socket;

  constructor(port: number, bytes: string) {
    this.#socket = connect(port, '127.0.0.1');
    sockets.push(this.#socket);
    this.closed = once(this.#socket, 'close');
    this.#socket.on('data', (chunk: Buffer) => (this.replies += chunk.toString()));
    this.send(bytes);
  }

  send(bytes: string): void {
    this.#socket.write(bytes);
  }

  async until(text: string | RegExp): Promise<string> {
    while (!(typeof text === 'string' ? this.replies.includes(text) : text.test(this.replies)))
      await once(this.#socket, 'data');
    return this.replies;
  }
}

/** What a client can see of it. */
async function observe(port: number): Promise<object> {
  const watcher = new Client(port, 'watch connevents\r\n');
  await watcher.until('OK\r\n');
  const sentAway = ['', 'version\r\n', 'versi'].map((bytes) => new Client(port, bytes));
  const storing = new Client(port, 'set a 0 0 1\r\n');
  const stats = new Client(port, 'stats settings\r\n');
  const [timeout] = /STAT idle_timeout \d+/.exec(await stats.until('END\r\n')) ?? [];
  await Promise.all([...sentAway, stats].map(({ closed }) => closed));
  storing.send('x\r\n');
  await storing.until('STORED\r\n');
  const counted = new Client(port, 'stats\r\n');
  const [kicks] = /STAT idle_kicks \d+/.exec(await counted.until('END\r\n')) ?? [];
  await watcher.until(/(reason=idle_timeout[^]*){4}/);
  return { timeout, kicks, replies: sentAway.map(({ replies }) => replies.replace(/[\d.]+/, '')) };
}

describe('idle clients', () => {
  it(
    'are sent away by the server as by memcached',
    async () => {
      const both = memcachedBuilds().flatMap(({ program }) => [
        async () => {
          const memcached = await startMemcached({ binary: program, args: ['-o', 'idle_timeout=1'] });
          ends.push(() => memcached.stop());
          return observe(memcached.port);
        },
      ]);
      const server = createServer({ idleTimeout: '1s' });
      ends.push(() => server.close());
      const { port } = await server.listen();
      const [ours, ...theirs] = await Promise.all([observe(port), ...both.map((run) => run())]);
      expect(ours).toEqual({
        timeout: 'STAT idle_timeout 1',
        kicks: 'STAT idle_kicks 4',
        replies: ['', 'VERSION \r\n', ''],
      });
      expect(theirs).toEqual(theirs.map(() => ours));
    },
    TIMEOUT_MS,
  );

  it('stay without the option, which stats do not mention then', async () => {
    await using server = createServer();
    const { port } = await server.listen();
    const stats = new Client(port, 'stats\r\nstats settings\r\n');
    const replies = await stats.until(/END\r\n[^]*END\r\n/);
    expect(replies).toContain('STAT idle_timeout 0\r\n');
    expect(replies).not.toContain('idle_kicks');
  });
});
