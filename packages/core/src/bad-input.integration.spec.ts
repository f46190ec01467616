import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startMemcached, type RealMemcached } from '@memkit/testing';
import type { Ttl } from './options/duration.js';
import { createMemcache, type Memcache } from './memcache.js';

let server: RealMemcached;
let memcache: Memcache;

beforeAll(async () => {
  server = await startMemcached();
  memcache = createMemcache({ servers: server.address, timeout: '5s', compression: false });
});

afterAll(async () => {
  await memcache.close();
  await server.stop();
});

async function connectionsSoFar(): Promise<number> {
  const [stats] = await memcache.stats();
  return Number(stats?.[1]['total_connections']);
}

const cycle: Record<string, unknown> = {};
cycle['self'] = cycle;

interface BadCall {
  readonly call: () => Promise<unknown>;
  readonly code: string;
  readonly message: string;
}

const long = 'k'.repeat(251);
const calls: Record<string, BadCall> = {
  'a key of 251 bytes': {
    call: () => memcache.get(long),
    code: 'INVALID_KEY',
    message: `Cannot get key "${'k'.repeat(36)}…${'k'.repeat(36)} (251 characters)": the key has 251 bytes and memcached allows 250. Use 1 to 250 bytes`,
  },
  'a key of 126 two-byte letters': {
    call: () => memcache.get('é'.repeat(126)),
    code: 'INVALID_KEY',
    message: 'the key has 252 bytes and memcached allows 250',
  },
  'a key with a space': {
    call: () => memcache.set('a b', 1),
    code: 'INVALID_KEY',
    message: 'Cannot store key "a b": character 2 of the key is a space, which ends a key on the wire.',
  },
  'a key with CR LF': {
    call: () => memcache.delete('a\r\nflush_all'),
    code: 'INVALID_KEY',
    message: 'Cannot delete key "a\\r\\nflush_all": character 2 of the key is a carriage return',
  },
  'an empty key': { call: () => memcache.get(''), code: 'INVALID_KEY', message: 'the key is empty' },
  'a key that is no string': {
    call: () => memcache.get(undefined as unknown as string),
    code: 'INVALID_KEY',
    message: 'Cannot get: the key is of type undefined, not a string',
  },
  'one bad key among many': {
    call: () => memcache.getMany(['good', 'a b']),
    code: 'INVALID_KEY',
    message: 'Cannot get key "a b"',
  },
  'keys that are no list': {
    call: () => memcache.getMany('abc' as unknown as string[]),
    code: 'INVALID_OPTION',
    message: 'Cannot getMany: the parameter "keys" is of type string. Give a list of strings.',
  },
  'a value of 1,048,577 bytes': {
    call: () => memcache.set('feed:42', 'x'.repeat(1_048_577)),
    code: 'ITEM_TOO_LARGE',
    message:
      "the item needs 1,048,643 bytes and the server's limit is 1,048,576 " +
      "(key, value and 59 bytes of bookkeeping). Store less, turn on chunking (onTooLarge: 'chunk'), or raise memcached -I.",
  },
  'a function as value': {
    call: () => memcache.set('f', () => 1),
    code: 'NOT_SERIALIZABLE',
    message: 'Cannot store key "f": the value is a function. Store strings, bytes or plain JSON data.',
  },
  'a cycle as value': {
    call: () => memcache.add('c', cycle),
    code: 'NOT_SERIALIZABLE',
    message: 'Cannot store key "c": the value has a cycle at self. Store strings, bytes or plain JSON data.',
  },
  'undefined as value': {
    call: () => memcache.replace('u', undefined),
    code: 'NOT_SERIALIZABLE',
    message: 'the value is undefined (a miss; null is a value)',
  },
  'a bare number as ttl': {
    call: () => memcache.set('t', 1, { ttl: 600 as unknown as Ttl }),
    code: 'INVALID_TTL',
    message: "Cannot set: ttl 600 is ambiguous. Write '600s' for seconds or '600ms' for milliseconds.",
  },
  'no ttl to touch': {
    call: () => memcache.touch('t', undefined as unknown as Ttl),
    code: 'INVALID_TTL',
    message: 'Cannot touch: ttl undefined is not a duration',
  },
  'a misspelled option': {
    call: () => memcache.set('o', 1, { tll: '1s' } as object),
    code: 'INVALID_OPTION',
    message: 'Cannot use the option "tll" of set(): there is no option of this name. Did you mean "ttl"?',
  },
  'an index as options': {
    call: () => memcache.get('o', 3 as unknown as object),
    code: 'INVALID_OPTION',
    message: 'Cannot get: the parameter "options" is a number. Give an object with timeout, signal.',
  },
  'a bare number as timeout': {
    call: () => memcache.get('o', { timeout: 500 as unknown as '1s' }),
    code: 'INVALID_OPTION',
    message: "timeout 500 is ambiguous. Write '500s' for seconds or '500ms' for milliseconds.",
  },
  'a negative step': {
    call: () => memcache.increment('n', -1),
    code: 'INVALID_OPTION',
    message: 'Cannot increment: the parameter "by" is -1. Allowed: a whole number from 0 to 18446744073709551615',
  },
  'a fraction as initial': {
    call: () => memcache.decrement('n', 1, { initial: 1.5 }),
    code: 'INVALID_OPTION',
    message: 'Cannot decrement: the parameter "initial" is 1.5.',
  },
  'a token that is no bigint': {
    call: () => memcache.set('n', 1, { cas: 5 as unknown as bigint }),
    code: 'INVALID_OPTION',
    message: 'Cannot set: the parameter "cas" is of type number. Give the cas that gets() returned.',
  },
  'a group of statistics that would be another command': {
    call: () => memcache.stats('\r\nflush_all'),
    code: 'INVALID_OPTION',
    message: 'Cannot stats: the parameter "group" is not a name',
  },
};

describe('bad input', () => {
  it.each(Object.entries(calls))(
    '%s › rejects, says what to do, and leaves the connection as it is',
    async (_, bad) => {
      await memcache.set('kept', 'still here');
      const before = await connectionsSoFar();
      // A call that threw instead of rejecting would fail here.
      const promise = bad.call();
      await expect(promise).rejects.toMatchObject({
        code: `MEMCACHE_${bad.code}`,
        message: expect.stringContaining(bad.message),
        retryable: false,
      });
      expect(await memcache.get('kept')).toBe('still here');
      expect(await connectionsSoFar()).toBe(before);
    },
  );

  it('a misspelled option of the client › throws and names the nearest', () => {
    expect(() => createMemcache({ severs: 'a' } as object)).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_OPTION',
        message: expect.stringContaining('Did you mean "servers"?'),
      }),
    );
  });

  it('no server reachable › rejects inside the deadline, names the server, and works once it runs', async () => {
    const port = await freePort();
    const late = createMemcache({ servers: `127.0.0.1:${String(port)}` });
    try {
      await expect(late.get('user:42')).rejects.toMatchObject({
        code: 'MEMCACHE_CONNECT_FAILED',
        key: 'user:42',
        server: `127.0.0.1:${String(port)}`,
        retryable: true,
        message: expect.stringContaining('Check that the server runs'),
      });
      const started = await startMemcached({ port });
      await eventually(() => late.set('user:42', 'back'));
      expect(await late.get('user:42')).toBe('back');
      await started.stop();
    } finally {
      await late.close();
    }
  });

  it('an empty list › is answered without any server', async () => {
    const unreachable = createMemcache({ servers: '127.0.0.1:1' });
    expect(await unreachable.getMany([])).toEqual(new Map());
    await unreachable.close();
  });
});

/** Tries until it works; the client itself waits between its attempts to reconnect. */
async function eventually<Result>(attempt: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await attempt();
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

describe.each(['meta', 'text', 'binary'] as const)('a key behind a prefix, in %s', (protocol) => {
  it.each([
    ['four bytes', 'app:'],
    ['three bytes that are two characters', 'ü:'],
    ['249 bytes', 'p'.repeat(249)],
  ])('may have all that a prefix of %s leaves, and not one more', async (_, keyPrefix) => {
    const prefixed = createMemcache({ servers: server.address, protocol, keyPrefix });
    const left = 250 - Buffer.byteLength(keyPrefix);
    const [fits, long, other] = ['k'.repeat(left), 'k'.repeat(left + 1), 'o'];
    expect(await prefixed.setMany({ [fits]: 'kept', [other]: 'other' })).toEqual(
      new Map([
        [fits, true],
        [other, true],
      ]),
    );
    const both = new Map([
      [fits, 'kept'],
      [other, 'other'],
    ]);
    expect(await prefixed.getMany([fits, other])).toEqual(both);
    const refused = {
      code: 'MEMCACHE_INVALID_KEY',
      message: expect.stringMatching(
        `the key has ${left + 1} bytes and its prefix ${250 - left}, together 251, and memcached allows 250. Use at most ${left} bytes`,
      ),
    };
    await expect(prefixed.get(long)).rejects.toMatchObject(refused);
    await expect(prefixed.getMany([fits, long])).rejects.toMatchObject(refused);
    await expect(prefixed.setMany({ [fits]: 'torn', [long]: 1 })).rejects.toMatchObject(refused);
    await expect(prefixed.deleteMany([fits, long])).rejects.toMatchObject(refused);
    // Nothing of a refused call was sent.
    expect(await prefixed.getMany([fits, other])).toEqual(both);
    expect(await prefixed.deleteMany([fits])).toEqual(new Map([[fits, true]]));
    await prefixed.close();
  });
});
