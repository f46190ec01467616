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

  it('two of the same key have bytes of their own', async () => {
    await memcache.set('bytes', Buffer.from('abc'));
    const [first, second] = await Promise.all([memcache.get('bytes'), memcache.get('bytes')]);
    (first as Buffer).fill(0);
    expect(second).toEqual(Buffer.from('abc'));
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
          const greeting = { mn: 'ERROR', version: 'VERSION 1.4.20' }[line];
          if (greeting !== undefined) {
            socket.write(`${greeting}\r\n`);
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

  it('items in another order are as good, and nobody hears of a miss before the end', async () => {
    answer = () => `${value('d', '4')}${value('b', '2')}${value('c', '3')}${value('a', '1')}END\r\n`;
    expect(await outcomes('a', 'b', 'c', 'd')).toEqual(['1', '2', '3', '4']);
    answer = () => `${value('a', '1')}${value('d', '4')}${value('b', '2')}END\r\n`;
    expect(await outcomes('a', 'b', 'c', 'd')).toEqual(['1', '2', undefined, '4']);
    expect(server.accepted).toBe(1);
  });

  it('a server that answers once for a key that is asked for twice is no miss for the second', async () => {
    answer = (line) => {
      const keys = new Set(line.split(' ').slice(1));
      return `${[...keys].map((key) => value(key, key)).join('')}END\r\n`;
    };
    expect(await outcomes('a', 'a', 'b', 'a', 'c')).toEqual(['a', 'a', 'b', 'a', 'c']);
    answer = () => `${value('b', 'b')}END\r\n`;
    expect(await outcomes('a', 'b', 'a', 'b')).toEqual([undefined, 'b', undefined, 'b']);
    expect(asked).toEqual(['get a b c', 'get a b']);
  });

  it('one that times out leaves its place to its answer, and those beside it have theirs', async () => {
    let goOn: () => void = () => undefined;
    answer = (_, socket) => {
      goOn = () => socket.write(`${value('c', '3')}END\r\n`);
      return value('b', '2');
    };
    const rest = [memcache.get('a'), memcache.get('b')];
    const impatient = memcache.get('c', { timeout: '50ms' });
    await expect(impatient).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT', key: 'c' });
    goOn();
    expect(await Promise.all(rest)).toEqual([undefined, '2']);
    answer = (line) => `${value(line.slice(4), '4')}END\r\n`;
    expect(await outcomes('d')).toEqual(['4']);
    expect(server.accepted).toBe(1);
  });

  it('an answer that is cut anywhere is the same', async () => {
    const whole = `${value('a', '')}${value('c', 'END\r\n')}${value('d', '4')}END\r\n`;
    for (let at = 1; at < whole.length; at += 1) {
      answer = (_, socket) => {
        // Two reads: the second part goes out when the first has arrived.
        setImmediate(() => setImmediate(() => socket.write(whole.slice(at))));
        return whole.slice(0, at);
      };
      expect(await outcomes('a', 'b', 'c', 'd')).toEqual(['', undefined, 'END\r\n', '4']);
    }
    expect(server.accepted).toBe(1);
  });

  it('a connection that ends anywhere in the answer makes no miss', async () => {
    const whole = `${value('a', '1')}${value('c', '3')}END\r\n`;
    for (let at = 1; at < whole.length; at += 1) {
      let isFirst = true;
      answer = (line, socket) => {
        if (!isFirst)
          return `${line
            .split(' ')
            .slice(1)
            .map((key) => value(key, key))
            .join('')}END\r\n`;
        isFirst = false;
        socket.end(whole.slice(0, at));
        return '';
      };
      const [a, b, c] = await outcomes('a', 'b', 'c');
      expect(['1', 'a']).toContain(a);
      expect([b, c]).toEqual(['b', 'c']);
    }
  });

  it('an item that comes twice is refused', async () => {
    answer = () => `${value('b', '2')}${value('b', '2')}END\r\n`;
    expect(await outcomes('a', 'b')).toEqual(['MEMCACHE_UNEXPECTED_REPLY', 'MEMCACHE_UNEXPECTED_REPLY']);
  });

  it('after an error each that has no answer is asked by itself, so that it is that of one', async () => {
    answer = (line) => {
      if (line === 'get b') return 'SERVER_ERROR Host is down\r\n';
      if (line.includes(' b')) return `${value('a', '1')}SERVER_ERROR Host is down\r\n`;
      return line.startsWith('get') ? `${value(line.slice(4), '3')}END\r\n` : 'NOT_FOUND\r\n';
    };
    const [gets, deleted] = await Promise.all([outcomes('a', 'b', 'c'), memcache.delete('x')]);
    expect(gets).toEqual(['1', 'MEMCACHE_SERVER_ERROR', '3']);
    expect(deleted).toBe(false);
    // Not once more for each burst.
    expect(await outcomes('a', 'b', 'c')).toEqual(['3', 'MEMCACHE_SERVER_ERROR', '3']);
    expect(asked).toEqual(['get a b c', 'delete x', 'get b', 'get c', 'get a', 'get b', 'get c']);
    expect(server.accepted).toBe(1);
  });

  it('a server that refuses several keys in one line is asked for one by one', async () => {
    answer = (line) => (line.split(' ').length > 2 ? 'ERROR\r\n' : `${value(line.slice(4), '1')}END\r\n`);
    expect(await outcomes('a', 'b', 'c')).toEqual(['1', '1', '1']);
    answer = (line) =>
      line.split(' ').length > 2 ? 'CLIENT_ERROR bad command line format\r\n' : `${value(line.slice(4), '2')}END\r\n`;
    expect(await outcomes('a', 'b', 'c')).toEqual(['2', '2', '2']);
  });
});

describe('a proxy of memcached that has an error for one key and goes on with the others', () => {
  let server: ScriptedServer;
  let memcache: Memcache;
  beforeEach(async () => {
    server = await startScriptedServer((socket) => {
      socket.on('data', (chunk) => {
        const lines = chunk.toString().split('\r\n').slice(0, -1);
        socket.write(lines.map((line) => answerOfProxy(line)).join(''));
      });
    });
  });
  afterEach(async () => {
    await memcache.close();
    await server.stop();
  });

  // As memcached 1.6.45 answers with proxy_config=routelib while the server of the keys with "down" is not there.
  const answerOfProxy = (line: string) => {
    if (line === 'version') return 'VERSION 1.6.45\r\n';
    if (line.startsWith('mn')) return 'MN\r\n';
    const keys = line.split(' ').slice(1);
    const replies = keys.map((key) =>
      key.startsWith('down') ? 'SERVER_ERROR backend failure\r\n' : `VALUE ${key} 0 1\r\n1\r\n`,
    );
    const isAlone = keys.length === 1 && keys[0]?.startsWith('down') === true;
    return `${replies.join('')}${isAlone ? '' : 'END\r\n'}`;
  };

  it('each get has its own answer, and none is a miss because of what came before it', async () => {
    memcache = createMemcache({ servers: server.address, environment: {}, protocol: 'text', timeout: '2s' });
    await memcache.get('first');
    const keys = ['a', 'down1', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'down2', 'k', 'l'];
    const settled = await Promise.allSettled(keys.map((key) => memcache.get(key)));
    expect(
      settled.map((one) => (one.status === 'fulfilled' ? one.value : (one.reason as { code: string }).code)),
    ).toEqual(keys.map((key) => (key.startsWith('down') ? 'MEMCACHE_SERVER_ERROR' : '1')));
  });

  it.each(['text', 'meta'] as const)(
    'no getMany over %s takes the end of the one before for its own',
    async (protocol) => {
      memcache = createMemcache({ servers: server.address, environment: {}, protocol, timeout: '2s' });
      await memcache.getMany(['first', 'second']);
      const [failed, whole] = await Promise.allSettled([
        memcache.getMany(['a', 'down', 'b']),
        memcache.getMany(['b', 'c', 'd']),
      ]);
      expect(failed).toMatchObject({ status: 'rejected' });
      expect(whole).toEqual({
        status: 'fulfilled',
        value: new Map([
          ['b', '1'],
          ['c', '1'],
          ['d', '1'],
        ]),
      });
    },
  );
});
