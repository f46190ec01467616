import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { keyProblem } from '@memkit/protocol/internal';
import { memcachedBuilds, startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';

const RUNS = 200;

const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const keys = fc
  .oneof(
    fc.string({ unit: printable, minLength: 1, maxLength: 250 }),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 250 }),
  )
  .filter((key) => keyProblem(key) === undefined);
/** Short ones of any bytes; long ones, which come in several chunks, that show as two numbers when a test fails. */
const values = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.record({ byte: fc.nat(255), times: fc.integer({ min: 5_000, max: 300_000 }) }),
);
const bytesOf = (value: Uint8Array | { byte: number; times: number }): Buffer =>
  'byte' in value ? Buffer.alloc(value.times, value.byte) : Buffer.from(value);
const items = fc.uniqueArray(fc.record({ key: keys, value: values }), {
  minLength: 1,
  maxLength: 6,
  selector: ({ key }) => key,
});

const cases = memcachedBuilds().flatMap(({ name, program }) =>
  (['meta', 'text', 'binary'] as const).map((protocol) => ({ name, program, protocol })),
);

describe.each(cases)(
  'any bytes under any legal key, on the $protocol protocol of memcached ($name)',
  ({ program, protocol }) => {
    let server: RealMemcached;
    let memcache: Memcache;
    beforeAll(async () => {
      server = await startMemcached({ binary: program });
      memcache = createMemcache({ servers: server.address, protocol, compression: false, timeout: '5s' });
    });
    afterAll(async () => {
      await memcache.close();
      await server.stop();
    });

    it('come back as they were, one by one and many at once', async () => {
      await fc.assert(
        fc.asyncProperty(items, async (stored) => {
          await Promise.all(stored.map(({ key, value }) => memcache.set(key, bytesOf(value), { ttl: '1m' })));
          const [many, ...single] = await Promise.all([
            memcache.getMany(stored.map(({ key }) => key)),
            ...stored.map(({ key }) => memcache.get(key)),
          ]);
          // Booleans, because expect() takes seconds to show the difference of two long buffers.
          const isBack = (value: unknown, place: number): boolean =>
            Buffer.isBuffer(value) && value.equals(bytesOf(stored[place]?.value ?? Buffer.alloc(0)));
          expect(single.map(isBack)).toEqual(stored.map(() => true));
          expect([...many.keys()]).toEqual(stored.map(({ key }) => key));
          expect([...many.values()].map(isBack)).toEqual(stored.map(() => true));
        }),
        { numRuns: RUNS },
      );
    });
  },
);
