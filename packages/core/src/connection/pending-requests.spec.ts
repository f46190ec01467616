import { describe, expect, it } from '@jest/globals';
import { ForwardedRequest } from '../cluster/link-request.js';
import { PendingRequests, type PendingRequest } from './pending-requests.js';
import { asking } from './spec-support/asking.js';

const nobody = { resolve: () => undefined, reject: () => undefined };

function request(key: string): PendingRequest {
  return new ForwardedRequest<unknown>(asking.get(key), { at: 0 }, nobody);
}

function write(queue: PendingRequests, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const entry = queue.takeUnsent();
    if (entry !== undefined && !entry.isSettled) entry.writtenAt = 1;
  }
}

const keys = (entries: Iterable<PendingRequest>) => [...entries].map((entry) => entry.command.key);

describe('PendingRequests', () => {
  it('keeps the order while it grows and wraps around', () => {
    const queue = new PendingRequests();
    const seen: string[] = [];
    let pushed = 0;
    for (let round = 0; round < 40; round += 1) {
      for (let at = 0; at < 7; at += 1) queue.push(request(String(pushed++)));
      write(queue, 7);
      for (let at = 0; at < 5; at += 1) {
        seen.push(queue.peek()?.command.key ?? '');
        queue.shift();
      }
    }
    seen.push(...keys(queue.takeWritten()));
    expect(seen).toEqual(Array.from({ length: pushed }, (_, at) => String(at)));
    expect(queue.length).toBe(0);
  });

  it('expects no reply for what is not written, or was settled before it could be', () => {
    const queue = new PendingRequests();
    const [a, b, c] = [request('a'), request('b'), request('c')];
    for (const entry of [a, b, c]) queue.push(entry);
    expect(queue.peek()).toBeUndefined();
    b.isSettled = true;
    write(queue, 3);
    expect(queue.peek()).toBe(a);
    queue.shift();
    expect(queue.peek()).toBe(c);
  });

  it('keeps waiting requests when the written ones are taken away', () => {
    const queue = new PendingRequests();
    for (const key of ['a', 'b', 'c']) queue.push(request(key));
    write(queue, 2);
    expect(keys(queue.takeWritten())).toEqual(['a', 'b']);
    expect([queue.length, queue.unsentLength]).toEqual([1, 1]);
    expect(queue.takeUnsent()?.command.key).toBe('c');
  });

  it('frees the places of settled requests nobody wrote', () => {
    const queue = new PendingRequests();
    const entries = ['a', 'b', 'c', 'd'].map(request);
    for (const entry of entries) queue.push(entry);
    write(queue, 1);
    entries[0]!.isSettled = true;
    entries[2]!.isSettled = true;
    queue.dropSettledUnsent();
    expect(keys(queue)).toEqual(['a', 'b', 'd']);
  });

  it('puts urgent requests behind what is written and in front of what waits', () => {
    const queue = new PendingRequests();
    for (const key of ['a', 'b', 'c']) queue.push(request(key));
    write(queue, 1);
    queue.pushFirst([request('x'), request('y')]);
    expect(keys(queue)).toEqual(['a', 'x', 'y', 'b', 'c']);
    expect([queue.length, queue.unsentLength]).toEqual([5, 4]);
    expect(queue.takeUnsent()?.command.key).toBe('x');
  });
});
