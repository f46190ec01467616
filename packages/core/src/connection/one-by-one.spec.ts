import { describe, expect, it } from '@jest/globals';
import { ByteWriter } from '@memkit/protocol/internal';
import { ForwardedRequest } from '../cluster/link-request.js';
import { GetCommand } from '../commands/get.js';
import { createDriver } from '../drivers/create-driver.js';
import type { GetsTogether } from '../drivers/protocol-driver.js';
import { OneByOne } from './one-by-one.js';
import { PendingRequests } from './pending-requests.js';

const receiver = { resolve: () => undefined, reject: () => undefined };
const getOf = (key: string) => new ForwardedRequest(new GetCommand(key, (item) => item), { at: 1000 }, receiver);

function written(pending: PendingRequests, gets: GetsTogether, key: string): ForwardedRequest<unknown> {
  const entry = getOf(key);
  pending.push(entry);
  pending.takeUnsent();
  entry.request = gets.add(key);
  entry.writtenAt = 5;
  entry.request.encode(new ByteWriter());
  return entry;
}

describe('OneByOne', () => {
  const setTheStage = () => {
    const driver = createDriver('text', 'cache:11211', { isLoggedIn: false });
    const pending = new PendingRequests();
    const clock = { ms: 0 };
    return { driver, pending, clock, oneByOne: new OneByOne(pending, () => clock.ms) };
  };

  it('puts those without an answer in front of all that wait, and leaves other requests on their way', () => {
    const { driver, pending, oneByOne } = setTheStage();
    const [first, second] = [driver.getTogether!(), driver.getTogether!()];
    const [a, timedOut, c] = ['a', 'b', 'c'].map((key) => written(pending, first, key)) as [
      ForwardedRequest<unknown>,
      ForwardedRequest<unknown>,
      ForwardedRequest<unknown>,
    ];
    timedOut.isSettled = true;
    const [d] = ['d', 'e'].map((key) => written(pending, second, key));
    const waiting = getOf('f');
    pending.push(waiting);
    oneByOne.begin(first);
    expect(pending.peek()).toBe(d);
    expect([pending.takeUnsent(), pending.takeUnsent(), pending.takeUnsent(), pending.takeUnsent()]).toEqual([
      a,
      c,
      waiting,
      undefined,
    ]);
    expect([a.writtenAt, a.request]).toEqual([-1, undefined]);
  });

  it('is over after a minute', () => {
    const { driver, clock, oneByOne } = setTheStage();
    expect(oneByOne.isOver(0)).toBe(true);
    clock.ms = 100;
    oneByOne.begin(driver.getTogether!());
    expect([oneByOne.isOver(100), oneByOne.isOver(60_099), oneByOne.isOver(60_100)]).toEqual([false, false, true]);
  });
});
