/** What a serializer, or the owner of a value's bytes, does wrong: whoever else uses the client must not notice. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache } from './memcache.js';
import { run } from './spec-support/run-program.js';

let server: RealMemcached;
beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.stop());

describe('a serializer that does everything wrong', () => {
  it('fails its own calls with their keys, on every protocol, and leaves no rejection unhandled', async () => {
    const { output, errors, code } = await run(`
      const bad = [
        () => { throw new Error('secret'); },
        () => { throw undefined; },
        () => undefined,
        () => Promise.resolve(undefined),
        () => Promise.reject(new Error('secret')),
      ];
      const good = { serialize: JSON.stringify, deserialize: (data) => JSON.parse(data) };
      const outcomes = new Map();
      for (const protocol of ['meta', 'text', 'binary']) {
        const client = (serializer) => createMemcache({ servers: '${server.address}', protocol, serializer });
        const writer = client(good);
        await writer.setMany({ there: { a: 1 }, text: 'fine' });
        for (const wrong of bad) {
          const memcache = client({ serialize: wrong, deserialize: wrong });
          const calls = {
            set: memcache.set('key', {}),
            add: memcache.add('key', {}),
            setMany: memcache.setMany({ text: 'never sent', key: {} }),
            get: memcache.get('there'),
            gets: memcache.gets('there'),
            getAndTouch: memcache.getAndTouch('there', '1m'),
            getMany: memcache.getMany(['there', 'text']).catch(({ values, failures }) => {
              if (values.get('text') !== 'fine') throw new Error('the other value is lost');
              throw failures.get('there');
            }),
          };
          for (const [name, call] of Object.entries(calls)) {
            const told = await call.then(() => 'went well', (error) => error.code + ' of ' + error.key);
            outcomes.set(name, (outcomes.get(name) ?? new Set()).add(told));
          }
          const others = [await memcache.get('text'), await memcache.get('key'), [...memcache.servers().values()][0].disconnects];
          outcomes.set('others', (outcomes.get('others') ?? new Set()).add(others.join()));
          await memcache.close();
        }
        await writer.close();
      }
      console.log(JSON.stringify([...outcomes].map(([name, told]) => [name, ...told])));
    `);
    expect({ errors, code }).toEqual({ errors: '', code: 0 });
    const refused = 'MEMCACHE_NOT_SERIALIZABLE of key';
    const corrupt = 'MEMCACHE_VALUE_CORRUPT of there';
    expect(JSON.parse(output)).toEqual([
      ...['set', 'add', 'setMany'].map((name) => [name, refused]),
      ...['get', 'gets', 'getAndTouch', 'getMany'].map((name) => [name, corrupt]),
      ['others', 'fine,,0'],
    ]);
  });
});

describe('bytes that are given away before they are sent', () => {
  it.each(['meta', 'text', 'binary'] as const)(
    'fail their call, and nothing beside it is torn (%s)',
    async (protocol) => {
      const memcache = createMemcache({ servers: server.address, protocol, compression: false });
      await memcache.set('before', 'there');
      for (const length of [100, 20_000]) {
        const bytes = new Uint8Array(length);
        const stored = memcache.set('given', bytes);
        const beside = memcache.set('beside', 'fine');
        structuredClone(bytes, { transfer: [bytes.buffer] });
        await expect(stored).rejects.toMatchObject({
          code: 'MEMCACHE_NOT_SERIALIZABLE',
          key: 'given',
          message: expect.stringMatching(/bytes became 0 before they could be sent\. Do not transfer or resize/),
        });
        expect(await beside).toBe(true);
        expect(await memcache.getMany(['before', 'beside', 'given'])).toEqual(
          new Map([
            ['before', 'there'],
            ['beside', 'fine'],
          ]),
        );
      }
      expect([...memcache.servers().values()]).toMatchObject([{ disconnects: 0, isDown: false }]);
      await memcache.close();
    },
  );
});
