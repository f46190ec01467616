import { beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultCommand } from './fault-command.js';
import { FaultPlan } from './fault-plan.js';
import { FaultTable, type FaultTarget } from './fault-table.js';
import type { KeyPattern } from './key-pattern.js';
import type { Span } from './span.js';

let table: FaultTable;
let clock: { skewSeconds: number };
/** Since the plan was made: `fill` and `unfill`. */
let filled: string[];
let faults: FaultPlan;

beforeEach(() => {
  table = new FaultTable();
  clock = { skewSeconds: 0 };
  filled = [];
  faults = new FaultPlan(table, {
    clock,
    memory: { fill: () => void filled.push('fill'), unfill: () => void filled.push('unfill') },
  });
});

function take(
  command: FaultCommand,
  keys: readonly string[] = [],
  more: Partial<FaultTarget> = {},
): string | undefined {
  return table.take({ command, keys, connection: 1, ...more })?.kind;
}

describe('FaultPlan', () => {
  it('has no fault until one is planned, and none when the last one has happened', () => {
    expect(table.isPlanned).toBe(false);
    faults.on('get').times(1).close();
    expect(table.isPlanned).toBe(true);
    expect(take('get')).toBe('close');
    expect(table.isPlanned).toBe(false);
  });

  it('hits the named commands only', () => {
    faults.on('set', 'add').close();
    expect(['get', 'set', 'add'].map((command) => take(command as FaultCommand))).toEqual([
      undefined,
      'close',
      'close',
    ]);
  });

  it.each<[string, KeyPattern, readonly string[], boolean]>([
    ['the key itself', 'user:42', ['user:42'], true],
    ['no longer key', 'user:4', ['user:42'], false],
    ['a group', 'user:*', ['user:42'], true],
    ['a star in the middle', 'user:*:name', ['user:42:name'], true],
    ['a star that stands for nothing', 'user:*', ['user:'], true],
    ['no other group', 'user:*', ['team:user:42'], false],
    ['dots as dots', 'a.c', ['abc'], false],
    ['brackets as brackets', 'feed[1]', ['feed[1]'], true],
    ['any of several keys', 'b', ['a', 'b'], true],
    ['a regular expression', /^user:\d+$/, ['user:42'], true],
    ['letters outside ASCII', 'größe:*', ['größe:1'], true],
    ['no request without a key', '*', [], false],
  ])('chooses by pattern: %s', (_, pattern, keys, isMeant) => {
    faults.forKeys(pattern).close();
    expect(take('get', keys) === 'close').toBe(isMeant);
  });

  it('chooses by any of several patterns', () => {
    faults.forKeys('a', /^b/).close();
    expect([take('get', ['a']), take('get', ['bc']), take('get', ['c'])]).toEqual(['close', 'close', undefined]);
  });

  it('forgets where a global regular expression left off', () => {
    faults.forKeys(/user/g).close();
    expect([1, 2, 3].map(() => take('get', ['user']))).toEqual(['close', 'close', 'close']);
  });

  it('chooses by connection', () => {
    faults.on().forConnection(2).close();
    expect([1, 2].map((connection) => take('get', [], { connection }))).toEqual([undefined, 'close']);
  });

  it('lets the first ones that are meant pass, and stops after the planned number', () => {
    const cut = faults.on('get').forKeys('a').after(2).times(1).dropAfter(10);
    const kinds = ['a', 'b', 'a', 'b', 'a', 'a'].map((key) => take('get', [key]));
    expect(kinds).toEqual([undefined, undefined, undefined, undefined, 'drop', undefined]);
    expect(cut.happened).toBe(1);
  });

  it('says how often a fault has happened', () => {
    const close = faults.on('get').close();
    expect(close.happened).toBe(0);
    take('get');
    take('set');
    take('get');
    expect(close.happened).toBe(2);
  });

  it('draws the same lots for the same seed, for about the planned share', () => {
    const lots = (seed: number): boolean[] => {
      faults.clear();
      faults.on().withChance(0.25, seed).close();
      return Array.from({ length: 1000 }, () => take('get') === 'close');
    };
    expect(lots(7)).toEqual(lots(7));
    expect(lots(7)).not.toEqual(lots(8));
    const hits = lots(7).filter(Boolean).length;
    expect(hits).toBeGreaterThan(200);
    expect(hits).toBeLessThan(300);
  });

  it('draws never at chance 0 and always at 1', () => {
    faults.on('get').withChance(0, 1).close();
    faults.on('set').withChance(1, 1).close();
    for (let time = 0; time < 100; time += 1) expect([take('get'), take('set')]).toEqual([undefined, 'close']);
  });

  it('lets the sentence written last win', () => {
    faults.silence();
    faults.on('get').times(1).delay('2s');
    expect(table.take({ command: 'get', keys: [], connection: 1 })).toEqual({ kind: 'delay', delayMs: 2000 });
    expect(take('get')).toBe('silence');
  });

  it('means stores alone by a full memory', () => {
    faults.outOfMemory();
    faults.on('get', 'add').outOfMemory();
    expect([take('get'), take('increment'), take('set'), take('prepend')]).toEqual([
      undefined,
      undefined,
      'out-of-memory',
      'out-of-memory',
    ]);
  });

  it('is empty after clear(), memory and clock as before', () => {
    faults.close();
    faults.refuse();
    faults.fillMemory();
    faults.skewClock('10m');
    expect(clock.skewSeconds).toBe(600);
    faults.clear();
    expect(take('get')).toBeUndefined();
    expect(table.isPlanned).toBe(false);
    expect(faults.refusesConnections).toBe(false);
    expect(clock.skewSeconds).toBe(0);
    expect(filled).toEqual(['fill', 'unfill']);
  });

  it('lets go at clear() of what is held, once, and not of what was let go before', () => {
    const released: string[] = [];
    table.onClear(() => void released.push('held'));
    table.onClear(() => void released.push('gone'))();
    faults.clear();
    faults.clear();
    expect(released).toEqual(['held']);
  });

  it.each<[string, () => unknown, string]>([
    ['a delay without a unit', () => faults.delay('100' as Span), "'100ms'"],
    ['a delay that is no text', () => faults.delay(undefined as never), 'undefined is not a length of time'],
    ['a negative delay', () => faults.delay('-1s'), "'-1s' is not between '0ms' and '1d'"],
    ['a delay no timer can wait for', () => faults.delay('30d'), "'30d' is not between '0ms' and '1d'"],
    ['an unknown command', () => faults.on('fetch' as FaultCommand), 'Known commands: get, set'],
    ['a number of times below one', () => faults.on().times(0), 'times(0)'],
    ['a fraction of a byte', () => faults.dropAfter(1.5), 'dropAfter(1.5)'],
    ['no pattern', () => faults.forKeys(), 'there is no pattern'],
    ['an empty pattern', () => faults.forKeys(''), 'a pattern is empty'],
    ['a pattern that is neither', () => faults.forKeys(42 as never), 'a pattern is of type number'],
    ['connection 0', () => faults.on().forConnection(0), 'forConnection(0)'],
    ['a chance above one', () => faults.on().withChance(2, 1), 'share from 0 to 1'],
    ['a chance without a seed', () => faults.on().withChance(0.5, undefined as never), 'seed'],
    ['a message that is two lines', () => faults.on().fail('a\r\nb'), 'printable ASCII'],
    ['no garbage', () => faults.garbage(''), 'at least one byte'],
    ['out of memory for commands that store nothing', () => faults.on('get').outOfMemory(), 'an answer to stores'],
    ['a skew without a unit', () => faults.skewClock('10' as Span), "'10m'"],
  ])('refuses %s and says what to write', (_, plan, message) => {
    let failure: unknown;
    try {
      plan();
    } catch (error) {
      failure = error;
    }
    expect(failure).toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringContaining(message),
    });
    expect(table.isPlanned).toBe(false);
  });
});
