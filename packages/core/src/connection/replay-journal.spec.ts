import { describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/protocol';
import { MOST_REPLAYED_KEYS, ReplayJournal, type Replay } from './replay-journal.js';

function journal() {
  const clock = { now: 0 };
  const lost: string[] = [];
  return {
    clock,
    lost,
    journal: new ReplayJournal(
      () => clock.now,
      (key) => lost.push(key),
    ),
  };
}

const keysOf = (replays: readonly Replay[]) => replays.map(({ command }) => command.key);

describe('ReplayJournal', () => {
  it('gives each connection its keys, once, in the order in which they came', () => {
    const { journal: kept } = journal();
    for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) kept.add(key, at % 2);
    expect(keysOf(kept.take(0, true))).toEqual(['a', 'c']);
    expect(keysOf(kept.take(0, true))).toEqual([]);
    expect(keysOf(kept.take(1, true))).toEqual(['b', 'd']);
    expect(kept.size).toBe(4);
  });

  it('forgets a key when its delete was answered, and keeps it when that failed', () => {
    const { journal: kept } = journal();
    kept.add('a', 0);
    kept.add('b', 0);
    const [a, b] = kept.take(0, true);
    a?.receiver.resolve(false);
    b?.receiver.reject(new MemcacheError('TIMEOUT', { action: 'Cannot delete' }));
    expect(kept.size).toBe(1);
    expect(keysOf(kept.take(0, false))).toEqual(['b']);
  });

  it('leaves a key the server refused to delete to the next connection', () => {
    const { journal: kept } = journal();
    kept.add('a', 0);
    kept.take(0, true)[0]?.receiver.reject(new MemcacheError('NOT_PERMITTED', { action: 'Cannot delete' }));
    expect(keysOf(kept.take(0, false))).toEqual([]);
    expect(keysOf(kept.take(0, true))).toEqual(['a']);
  });

  it('deletes again what became old while its delete was under way', () => {
    const { journal: kept } = journal();
    kept.add('a', 0);
    const [first] = kept.take(0, true);
    kept.add('a', 0);
    first?.receiver.resolve(true);
    expect(keysOf(kept.take(0, false))).toEqual(['a']);
  });

  it('forgets a key that was written later, and not one that was written before', () => {
    const { clock, journal: kept } = journal();
    clock.now = 10;
    kept.add('a', 0);
    kept.overwritten('a', 9);
    expect(kept.size).toBe(1);
    kept.overwritten('a', 11);
    expect(kept.size).toBe(0);
  });

  it('drops the oldest key when there are too many, and says so', () => {
    const { lost, journal: kept } = journal();
    for (let at = 0; at <= MOST_REPLAYED_KEYS; at += 1) kept.add(`key-${at}`, 0);
    expect(kept.size).toBe(MOST_REPLAYED_KEYS);
    expect(lost).toEqual(['key-0']);
  });
});
