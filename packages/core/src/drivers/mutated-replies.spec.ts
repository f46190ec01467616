import { describe, expect, it } from '@jest/globals';
import { ByteWriter, binaryOpcodes } from '@memkit/protocol/internal';
import { isMemcacheError } from '@memkit/protocol';
import { fuzzSeed, SeededRandom } from '@memkit/testing';
import { createDriver } from './create-driver.js';
import type { DriverSessionOptions } from './driver-session.js';
import { needsMore, type ProtocolDriver, type ProtocolName, type WireRequest } from './protocol-driver.js';

const ROUNDS = 8_000;
const server = 'cache.example:11211';

const requests: readonly ((driver: ProtocolDriver) => WireRequest<unknown>)[] = [
  (driver) => driver.get('key'),
  (driver) => driver.gets('key'),
  (driver) => driver.getAndTouch('key', 60),
  (driver) => driver.getMany(['key', 'other']),
  (driver) => driver.store('set', 'key', { data: 'v', dataBytes: 1, flags: 0, exptime: 0, cas: 7n }),
  (driver) => driver.store('append', 'key', { data: 'v', dataBytes: 1, flags: 0, exptime: 0, cas: 0n }),
  (driver) => driver.delete('key'),
  (driver) => driver.arithmetic('key', { direction: 'increment', by: 1n }),
  (driver) => driver.touch('key', 60),
  (driver) => driver.stats('items'),
  (driver) => driver.version(),
  (driver) => driver.flush(),
  (driver) => driver.clusterConfiguration(),
];

const lines = [
  'VA 2 f0 O1\r\nhi\r\n',
  'VA 1 f0 c7 O1\r\n5\r\n',
  'HD O1\r\n',
  'EN O1\r\n',
  'NF O1\r\n',
  'NS O1\r\n',
  'EX O1\r\n',
  'VALUE key 0 2\r\nhi\r\n',
  'VALUE other 0 2 9\r\nhi\r\n',
  'END\r\n',
  'STORED\r\n',
  'NOT_STORED\r\n',
  'EXISTS\r\n',
  'NOT_FOUND\r\n',
  'DELETED\r\n',
  'TOUCHED\r\n',
  '18446744073709551615\r\n',
  'OK\r\n',
  'RESET\r\n',
  'MN\r\n',
  'STAT name value\r\n',
  'STAT __proto__ value\r\n',
  'VERSION 1.6.18\r\n',
  'CONFIG cluster 0 3\r\n12\n\r\n',
  'ERROR\r\n',
  'ERROR Too many open connections\r\n',
  'CLIENT_ERROR bad data chunk\r\n',
  'CLIENT_ERROR unauthenticated\r\n',
  'SERVER_ERROR out of memory\r\n',
].map((line) => Buffer.from(line));

const frames = Object.values(binaryOpcodes).flatMap((opcode) =>
  [0, 1, 2, 5, 6, 0x20, 0x81, 0x777].flatMap((status) =>
    [1, 0x1_0000].map((opaque) => {
      const frame = Buffer.alloc(24 + 4 + 3 + 8);
      frame.writeUInt8(0x81, 0);
      frame.writeUInt8(opcode, 1);
      frame.writeUInt16BE(3, 2);
      frame.writeUInt8(4, 4);
      frame.writeUInt16BE(status, 6);
      frame.writeUInt32BE(15, 8);
      frame.writeUInt32BE(opaque, 12);
      frame.write('key12345678', 28);
      return frame;
    }),
  ),
);

describe.each<[ProtocolName, readonly Buffer[]]>([
  ['meta', lines],
  ['text', lines],
  ['binary', frames],
])('any reply to any request of the %s driver', (name, replies) => {
  const seed = fuzzSeed();

  /** What the request makes of the bytes: the kinds of its results, and the code it ends with. */
  function outcomesOf(
    makeRequest: (typeof requests)[number] | undefined,
    stream: Buffer,
    options: DriverSessionOptions,
    told: string,
  ): string[] {
    const outcomes: string[] = [];
    const driver = createDriver(name, server, options);
    const request = makeRequest?.(driver);
    request?.encode(new ByteWriter());
    const parser = driver.createReplyParser((reply) => {
      const result = request?.decode(reply);
      outcomes.push(result === needsMore ? 'more' : typeof result);
    });
    try {
      parser.push(stream);
    } catch (error) {
      if (!isMemcacheError(error)) throw new Error(told, { cause: error });
      outcomes.push(error.code);
    }
    return outcomes;
  }

  it('is what the request says of it, whole', () => {
    const options = { isLoggedIn: false, version: '1.6.18' };
    const outcomes = new Set(
      requests.flatMap((make) => replies.flatMap((reply) => outcomesOf(make, reply, options, 'whole replies'))),
    );
    expect([...outcomes]).toEqual(
      expect.arrayContaining([
        'more',
        'object',
        'undefined',
        'boolean',
        'bigint',
        'string',
        'MEMCACHE_UNEXPECTED_REPLY',
      ]),
    );
  });

  it('is a result or an error of memkit, never another error', () => {
    const random = new SeededRandom(seed);
    for (let round = 0; round < ROUNDS; round += 1) {
      const options = { isLoggedIn: random.below(2) === 0, version: ['1.4.7', '1.6.18'][random.below(2)] };
      const make = requests[random.below(requests.length)];
      const stream = Buffer.concat(
        Array.from({ length: 1 + random.below(4) }, () => replies[random.below(replies.length)] ?? Buffer.alloc(0)),
      );
      if (random.below(2) === 0) stream[random.below(stream.length)] = random.below(256);
      const told = `MEMKIT_FUZZ_SEED=${String(seed)}, round ${String(round)}: ${stream.toString('latin1')}`;
      expect(() => outcomesOf(make, stream, options, told)).not.toThrow();
    }
  });
});
