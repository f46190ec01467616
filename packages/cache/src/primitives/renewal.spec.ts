import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { ObservedClient } from '../spec-support/observed-client.js';
import { HeldItem } from './held-item.js';
import { Renewal } from './renewal.js';

describe('the renewal of an item', () => {
  let memcache: Memcache;
  let client: ObservedClient;
  beforeEach(() => {
    jest.useFakeTimers();
    memcache = createMemcache({ servers: '127.0.0.1:1', environment: {} });
    client = new ObservedClient(memcache);
    client.before = () => {
      throw new Error('unplugged');
    };
  });
  afterEach(async () => {
    jest.useRealTimers();
    await memcache.close();
  });
  const renewing = (ttlMs: number): Renewal => new Renewal(new HeldItem(client, 'app:@lock:k', 'k', undefined), ttlMs);

  it('says that the item is lost when its time is over, and not at the next renewal', async () => {
    const { signal } = renewing(1000);
    await jest.advanceTimersByTimeAsync(999);
    expect(signal.aborted).toBe(false);
    await jest.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
    await jest.advanceTimersByTimeAsync(10_000);
    expect(client.count('gets')).toBe(3);
  });

  it('asks once a day for an item that is held for longer than a timer of Node.js can wait', async () => {
    const renewal = renewing(100 * 86_400_000);
    await jest.advanceTimersByTimeAsync(3 * 86_400_000);
    expect([renewal.signal.aborted, client.count('gets')]).toEqual([false, 3]);
    await renewal.stop();
    expect(jest.getTimerCount()).toBe(0);
  });
});
