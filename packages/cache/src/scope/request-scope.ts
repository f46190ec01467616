/** What one request has read already. A request is whatever runs inside `scope()`, however it awaits. */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { CacheRead } from '../engine/cache-options.js';

type Read = CacheRead<unknown>;

/** The reads of one cache in one request, by the entry's name in memcached. Failures are not kept. */
export class ScopeMemo {
  readonly #reads = new Map<string, Promise<Read>>();

  find(name: string): Promise<Read> | undefined {
    return this.#reads.get(name);
  }

  keep(name: string, read: Promise<Read>): void {
    this.#reads.set(name, read);
    read.catch(() => {
      if (this.#reads.get(name) === read) this.#reads.delete(name);
    });
  }

  forget(name: string): void {
    this.#reads.delete(name);
  }

  forgetAll(): void {
    this.#reads.clear();
  }
}

/** By what the caches made from one with `with()` have in common. */
type Scope = Map<object, ScopeMemo>;

const scopes = new AsyncLocalStorage<Scope>();

/** Runs the work in a scope of its own; inside another scope, in that one. */
export function runInScope<Result>(work: () => Result): Result {
  return scopes.getStore() ? work() : scopes.run(new Map(), work);
}

export function isInScope(): boolean {
  return scopes.getStore() !== undefined;
}

/** @param owner what the caches that share the memo have in common */
export function findMemo(owner: object): ScopeMemo | undefined {
  const scope = scopes.getStore();
  if (scope === undefined) return undefined;
  let memo = scope.get(owner);
  if (memo === undefined) scope.set(owner, (memo = new ScopeMemo()));
  return memo;
}
