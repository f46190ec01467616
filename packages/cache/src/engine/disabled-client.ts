import type { CacheClient } from '@memkit/core';

/** The client of a disabled cache: no connection, every read misses, every write is forgotten. */
export class DisabledClient implements CacheClient {
  get = (): Promise<unknown> => Promise.resolve(undefined);
  getMany = (): Promise<Map<string, unknown>> => Promise.resolve(new Map<string, unknown>());
  gets = (): Promise<undefined> => Promise.resolve(undefined);
  set = (): Promise<boolean> => Promise.resolve(true);
  add = (): Promise<boolean> => Promise.resolve(true);
  replace = (): Promise<boolean> => Promise.resolve(false);
  delete = (): Promise<boolean> => Promise.resolve(false);
  touch = (): Promise<boolean> => Promise.resolve(false);
  increment = (): Promise<undefined> => Promise.resolve(undefined);
  decrement = (): Promise<undefined> => Promise.resolve(undefined);
}
