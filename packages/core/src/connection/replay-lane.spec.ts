import { describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/protocol';
import { ForwardedRequest } from '../cluster/link-request.js';
import type { PendingRequest } from './pending-requests.js';
import { ReplayJournal } from './replay-journal.js';
import { ReplayLane } from './replay-lane.js';
import { asking, item } from './spec-support/asking.js';

const nobody = { resolve: () => undefined, reject: () => undefined };

function setTheStage(...keys: string[]) {
  const clock = { ms: 100 };
  const now = () => clock.ms;
  const journal = new ReplayJournal(now, () => undefined);
  for (const key of keys) journal.add(key, 1);
  return { clock, journal, lane: new ReplayLane({ journal, number: 1, timeoutMs: 250 }, now) };
}

function sent(command: PendingRequest['command'], writtenAt: number): PendingRequest {
  const entry = new ForwardedRequest<unknown>(command, { at: 1000 }, nobody);
  entry.writtenAt = writtenAt;
  return entry;
}

const keysOf = (entries: readonly PendingRequest[]) => entries.map(({ command }) => command.key);

describe('ReplayLane', () => {
  it('makes requests of its own keys, which are settled within the time it was given', () => {
    const { journal, lane } = setTheStage('a', 'b');
    journal.add('of another connection', 0);
    const replays = lane.take(true);
    expect(keysOf(replays)).toEqual(['a', 'b']);
    expect(replays.map(({ command, deadline, isReplay }) => [command.name, deadline.at, isReplay])).toEqual([
      ['delete', 350, true],
      ['delete', 350, true],
    ]);
    for (const replay of replays) replay.resolve(true);
    expect(journal.keys).toEqual(['of another connection']);
  });

  it('tries what was refused again on a new connection only', () => {
    const { lane } = setTheStage('a');
    lane.take(true)[0]?.reject(new MemcacheError('NOT_PERMITTED', { action: 'Cannot delete' }));
    expect(keysOf(lane.take(false))).toEqual([]);
    expect(keysOf(lane.take(true))).toEqual(['a']);
  });

  it.each([
    ['a stored value', asking.store('set', 'a', item('new')), 'stored', 101, []],
    ['a delete', asking.delete('a'), false, 101, []],
    ['a value that was not stored', asking.store('set', 'a', item('new')), 'not_stored', 101, ['a']],
    ['a read', asking.get('a'), undefined, 101, ['a']],
    ['a write that was sent before the item was old', asking.delete('a'), true, 99, ['a']],
  ])('forgets a key only when something newer was written or deleted: %s', (_, command, result, writtenAt, left) => {
    const { journal, lane } = setTheStage('a');
    expect(lane.answered(sent(command, writtenAt), result)).toBe(false);
    expect(journal.keys).toEqual(left);
  });

  it('wants its deletes taken again with the first answer after a deadline, once', () => {
    const { lane } = setTheStage('a');
    const [late] = lane.take(true);
    late?.reject(new MemcacheError('TIMEOUT', { action: 'Cannot delete' }));
    lane.deadlinePassed();
    expect(lane.answered(sent(asking.get('b'), 200), undefined)).toBe(true);
    expect(keysOf(lane.take(false))).toEqual(['a']);
    expect(lane.answered(sent(asking.get('b'), 200), undefined)).toBe(false);
  });
});
