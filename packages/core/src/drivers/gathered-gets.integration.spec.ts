/** Gets that wait together on a text connection travel as one request, and nobody can tell from what they answer. */
import type { Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  memcachedBuilds,
  startMemcached,
  startScriptedServer,
  type RealMemcached,
  type ScriptedServer,
} from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';

describe.each(memcachedBuilds())('gets of one tick on the text protocol of memcached ($name)', ({ program }) => {
  let server: RealMemcached;
  let memcache: Memcache;
  beforeAll(async () => {
    server = await startMemcached({ binary: program });
    memcache = createMemcache({ servers: server.address, environment: {}, protocol: 'text', timeout: '5s' });
  });
  afterAll(async () => {
    await memcache.close();
    await server.stop();
  });

  it('each gets its own item or a miss, whatever is asked for beside it', async () => {
    const present = ['a', 'bb', 'κλειδί', 'dd', 'e'.repeat(250)];
    for (const key of present) await memcache.set(key, `value of ${key}`);
    await memcache.set('large', 'x'.repeat(300_000));
    const asked = fc.array(fc.constantFrom(...present, 'large', 'absent', 'absent too', 'bb '.trim()), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(asked, fc.array(fc.nat(29)), async (names, changes) => {
        const keys = names.map((name) => name.replaceAll(' ', '-'));
        const answers: Promise<unknown>[] = [];
        for (const [place, key] of keys.entries()) {
          if (changes.includes(place)) void memcache.touch('a', '1h');
          answers.push(memcache.get(key));
        }
        const expected = keys.map((key) =>
          key === 'large' ? 'x'.repeat(300_000) : present.includes(key) ? `value of ${key}` : undefined,
        );
        expect(await Promise.all(answers)).toEqual(expected);
      }),
    );
  });

  it('a get sees the set that was called before it, and not the one behind it', async () => {
    await memcache.set('key', 'old');
    const first = [memcache.get('key'), memcache.get('absent')];
    const set = memcache.set('key', 'new');
    const second = [memcache.get('absent'), memcache.get('key')];
    expect(await Promise.all([...first, set, ...second])).toEqual(['old', undefined, true, undefined, 'new']);
  });

  it('one that is aborted on its way leaves the others alone', async () => {
    await memcache.setMany({ a: 1, b: 2, c: 3 });
    const controller = new AbortController();
    const answers = [memcache.get('a'), memcache.get('b', { signal: controller.signal }), memcache.get('c')];
    process.nextTick(() => {
      controller.abort(new Error('enough'));
    });
    expect(await Promise.allSettled(answers)).toEqual([
      { status: 'fulfilled', value: 1 },
      expect.objectContaining({ status: 'rejected' }),
      { status: 'fulfilled', value: 3 },
    ]);
    expect(await memcache.get('b')).toBe(2);
  });
});

describe('what travels', () => {
  let asked: string[];
  let answer: (line: string, socket: Socket) => string;
  let server: ScriptedServer;
  let memcache: Memcache;
  beforeEach(async () => {
    asked = [];
    answer = (line) => (line.startsWith('get') ? 'END\r\n' : 'NOT_FOUND\r\n');
    server = await startScriptedServer((socket) => {
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk.toString();
        for (let end = received.indexOf('\r\n'); end >= 0; end = received.indexOf('\r\n')) {
          const line = received.slice(0, end);
          received = received.slice(end + 2);
          if (line === 'version') {
            socket.write('VERSION 1.4.20\r\n');
            continue;
          }
          asked.push(line);
          socket.write(answer(line, socket));
        }
      });
    });
    memcache = createMemcache({
      servers: server.address,
      environment: {},
      protocol: 'text',
      timeout: '2s',
    });
    await memcache.get('first');
    asked = [];
  });
  afterEach(async () => {
    await memcache.close();
    await server.stop();
  });

  const outcomes = async (...keys: string[]) => {
    const settled = await Promise.allSettled(keys.map((key) => memcache.get(key)));
    return settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as { code: string }).code));
  };
  const value = (key: string, text: string) => `VALUE ${key} 0 ${String(text.length)}\r\n${text}\r\n`;

  it('is one line for up to eight gets in a row, and another command ends it', async () => {
    const keys = Array.from({ length: 9 }, (_, place) => `k${String(place)}`);
    await Promise.all([...keys.map((key) => memcache.get(key)), memcache.delete('x'), memcache.get('y')]);
    expect(asked).toEqual(['get k0 k1 k2 k3 k4 k5 k6 k7', 'get k8', 'delete x', 'get y']);
  });

  it('is an ordinary get for one alone', async () => {
    await memcache.get('alone');
    expect(asked).toEqual(['get alone']);
  });

  it('an item comes before those behind it', async () => {
    let goOn: () => void = () => undefined;
    answer = (_, socket) => {
      goOn = () => socket.write(`${value('c', '3')}END\r\n`);
      return value('a', '1');
    };
    const [a, , c] = ['a', 'b', 'c'].map((key) => memcache.get(key));
    expect(await a).toBe('1');
    goOn();
    expect(await c).toBe('3');
  });

  it('an item that nobody asked for is nobody’s miss', async () => {
    answer = () => `${value('a', '1')}${value('zzz', '9')}END\r\n`;
    // The last one is asked again on the next connection, alone.
    expect(await outcomes('a', 'b', 'c')).toEqual(['1', 'MEMCACHE_UNEXPECTED_REPLY', 'MEMCACHE_UNEXPECTED_REPLY']);
  });

  it('an item that comes out of order is refused', async () => {
    answer = () => `${value('b', '2')}${value('a', '1')}END\r\n`;
    expect(await outcomes('a', 'b', 'c')).toEqual([undefined, '2', 'MEMCACHE_UNEXPECTED_REPLY']);
  });

  it('an item that comes twice is refused', async () => {
    answer = () => `${value('b', '2')}${value('b', '2')}END\r\n`;
    expect(await outcomes('a', 'b')).toEqual([undefined, 'MEMCACHE_UNEXPECTED_REPLY']);
  });

  it('an error is that of all that have no answer, and the connection goes on', async () => {
    answer = (line) =>
      line === 'get d' ? `${value('d', '4')}END\r\n` : `${value('a', '1')}SERVER_ERROR out of memory\r\n`;
    expect(await outcomes('a', 'b', 'c')).toEqual(['1', 'MEMCACHE_SERVER_ERROR', 'MEMCACHE_SERVER_ERROR']);
    expect(await outcomes('d')).toEqual(['4']);
    expect(server.accepted).toBe(1);
  });
});
