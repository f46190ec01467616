import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/protocol';
import type { ServerLink } from '../cluster/server-link.js';
import type { Sendable } from '../drivers/protocol-driver.js';
import { serverCounters } from '../telemetry/server-counters.js';
import { fitItem, fitRefusedItem, surelyFits, type OutgoingValue } from './fit-item.js';
import { itemLimits, type ItemLimits, type SizeRule } from './item-limits.js';

const unreachable = new MemcacheError('CONNECT_FAILED', { action: 'Cannot stats' });
const refusal = new MemcacheError('ITEM_TOO_LARGE', { action: 'Cannot store', detail: 'the server said so' });

let questions: number;
let warnings: unknown[];

function listen(message: unknown): void {
  warnings.push(message);
}

beforeEach(() => {
  questions = 0;
  warnings = [];
  subscribe('memkit:core:warning', listen);
});

afterEach(() => {
  unsubscribe('memkit:core:warning', listen);
});

/** A server that answers `stats settings`. */
function linkTo(answer: Record<string, string> | MemcacheError, limits: ItemLimits): ServerLink {
  return {
    name: 'cache-1:11211',
    address: { host: 'cache-1', port: 11211 },
    limits,
    counters: serverCounters(),
    send: <Reply>({ name }: Sendable<Reply>): Promise<Reply> => {
      expect(name).toBe('stats');
      questions += 1;
      return answer instanceof MemcacheError ? Promise.reject(answer) : Promise.resolve(answer as Reply);
    },
    request: () => undefined,
    shares: (keys) => [keys],
    invalidateLater: () => undefined,
    missedKeys: [],
    close: () => Promise.resolve(),
  };
}

interface Case extends Partial<Omit<OutgoingValue, 'value'>> {
  readonly bytes: number;
  readonly itemSizeMax?: number;
  readonly rule?: SizeRule;
  readonly answer?: Record<string, string> | MemcacheError;
}

function outgoing({ bytes, itemSizeMax, rule = 'memcached', answer = {}, ...rest }: Case): OutgoingValue {
  return {
    mode: 'set',
    key: 'feed:42',
    value: { data: '', dataBytes: bytes, flags: 0 },
    link: linkTo(answer, itemLimits(itemSizeMax, rule)),
    policy: 'error',
    deadlineAt: 1000,
    ...rest,
  };
}

async function errorOf(one: OutgoingValue): Promise<MemcacheError> {
  try {
    await fitItem(one);
  } catch (error) {
    return error as MemcacheError;
  }
  throw new Error('it fits');
}

describe('fitting an item', () => {
  it.each<[SizeRule, number]>([
    ['memcached', 4096 - 7 - 59],
    ['memcached-without-cas', 4096 - 7 - 51],
    ['key-and-value', 4096 - 7],
  ])('counts by the rule %s: %d bytes fit', async (rule, most) => {
    expect(fitItem(outgoing({ bytes: most, itemSizeMax: 4096, rule }))).toBe('whole');
    expect(await errorOf(outgoing({ bytes: most + 1, itemSizeMax: 4096, rule }))).toMatchObject({
      code: 'MEMCACHE_ITEM_TOO_LARGE',
      key: 'feed:42',
      server: 'cache-1:11211',
    });
  });

  it('is decided without the key far from the limit', () => {
    const limits = itemLimits(4096, 'memcached');
    expect(surelyFits({ data: '', dataBytes: 4096 - 313, flags: 1 }, limits)).toBe(true);
    expect(surelyFits({ data: '', dataBytes: 4096 - 312, flags: 1 }, limits)).toBe(false);
  });

  it.each([
    [{ policy: 'error' }, "Store less, turn on chunking (onTooLarge: 'chunk'), or raise memcached -I."],
    [{ policy: 'error', mode: 'append' }, 'Store less, split the value over several keys, or raise memcached -I.'],
    [{ policy: 'error', rule: 'key-and-value' }, "Store less or turn on chunking (onTooLarge: 'chunk')."],
  ] as const)('tells what helps: %j', async (options, hint) => {
    const { message } = await errorOf(outgoing({ bytes: 5000, itemSizeMax: 4096, ...options }));
    expect(message.endsWith(hint)).toBe(true);
  });

  it('says what MemCachier counts', async () => {
    const { message } = await errorOf(outgoing({ bytes: 1_048_570, rule: 'key-and-value' }));
    expect(message).toContain(
      "the item needs 1,048,577 bytes and the server's limit is 1,048,576 (key and value). Store less",
    );
    expect(questions).toBe(0);
  });

  it('tells the size before compression', async () => {
    const value = { data: '', dataBytes: 1_203_048, flags: 0x20_0000, plainBytes: 4_811_933 };
    const { message } = await errorOf({ ...outgoing({ bytes: 0, itemSizeMax: 1_048_576 }), value });
    expect(message).toBe(
      'Cannot store key "feed:42" on server cache-1:11211: the item needs 1,203,118 bytes after compression ' +
        "(4,812,003 before) and the server's limit is 1,048,576 (key, value and 63 bytes of bookkeeping). " +
        "Store less, turn on chunking (onTooLarge: 'chunk'), or raise memcached -I.",
    );
  });
});

describe('a limit that is not known', () => {
  it('is asked for when it matters, and once for all values that wait for it', async () => {
    const first = outgoing({ bytes: 2_000_000, answer: { item_size_max: '4194304' } });
    expect(fitItem({ ...first, value: { data: '', dataBytes: 1_000_000, flags: 0 } })).toBe('whole');
    expect(questions).toBe(0);
    expect(await Promise.all([fitItem(first), fitItem(first)])).toEqual(['whole', 'whole']);
    expect(fitItem(first)).toBe('whole');
    expect(questions).toBe(1);
    expect(first.link.limits).toMatchObject({ itemSizeMax: 4_194_304, isKnown: true });
  });

  it.each<[string, Record<string, string>]>([
    ['nothing', {}],
    ['nonsense', { item_size_max: 'much' }],
    ['less than memcached allows', { item_size_max: '1023' }],
  ])('stays memcached’s default when the server says %s, and is not asked for again', async (_, answer) => {
    const one = outgoing({ bytes: 1_048_576, answer });
    expect((await errorOf(one)).message).toContain("the server's limit is 1,048,576");
    await errorOf(one);
    expect(questions).toBe(1);
  });

  it('does not fail the operation by itself, and is asked for again', async () => {
    const one = outgoing({ bytes: 1_048_576, answer: unreachable });
    expect((await errorOf(one)).code).toBe('MEMCACHE_ITEM_TOO_LARGE');
    await errorOf(one);
    expect(questions).toBe(2);
    expect(warnings).toMatchObject([
      { event: 'limits-unknown', server: 'cache-1:11211', error: unreachable },
      { event: 'limits-unknown' },
    ]);
  });
});

describe('after the server refused an item that seemed to fit', () => {
  it('its limit is learned and told, with the refusal as the cause', async () => {
    const one = outgoing({ bytes: 600_000, answer: { item_size_max: '524288' } });
    await expect(fitRefusedItem(one, refusal)).rejects.toMatchObject({
      message: expect.stringContaining("the item needs 600,066 bytes and the server's limit is 524,288"),
      cause: refusal,
    });
  });

  it('the refusal stands when the numbers do not explain it', async () => {
    const one = outgoing({ bytes: 600_000, answer: { item_size_max: '1048576' } });
    await expect(fitRefusedItem(one, refusal)).rejects.toBe(refusal);
  });

  it('the policy decides', async () => {
    const answer = { item_size_max: '524288' };
    expect(await fitRefusedItem(outgoing({ bytes: 600_000, answer, policy: 'chunk' }), refusal)).toBe('chunks');
    expect(await fitRefusedItem(outgoing({ bytes: 600_000, answer, policy: 'skip' }), refusal)).toBe('skip');
    expect(warnings).toMatchObject([{ event: 'value-skipped', command: 'set' }]);
  });
});

describe('the policy', () => {
  it.each(['append', 'prepend'] as const)('never splits or skips what %s adds', async (mode) => {
    for (const policy of ['chunk', 'skip'] as const) {
      const error = await errorOf(outgoing({ bytes: 5000, itemSizeMax: 4096, policy, mode }));
      expect(error.code).toBe('MEMCACHE_ITEM_TOO_LARGE');
    }
  });

  it('never splits a value with flags of the caller', async () => {
    const value = { data: '', dataBytes: 5000, flags: 7, isWhole: true as const };
    const error = await errorOf({ ...outgoing({ bytes: 0, itemSizeMax: 4096, policy: 'chunk' }), value });
    expect(error.message).toContain('split the value over several keys');
  });
});
