/**
 * Multi-gets of names. Those that are asked for in one tick can share one: who asks gets what it asked for, and fails
 * only when that failed. Knows nothing about entries.
 */
import {
  isMemcacheError,
  type CacheClient,
  type MemcacheError,
  type MemcacheErrorCode,
  type PartialFailureError,
} from '@memkit/core';
import { publishTrouble } from '../telemetry/channels.js';

type Values = ReadonlyMap<string, unknown>;

interface Answer {
  readonly values: Values;
  readonly failures: ReadonlyMap<string, MemcacheError>;
}

export class TickReads {
  readonly #client: CacheClient;
  readonly #collects: () => boolean;
  #names: Set<string> | undefined;
  #answer: Promise<Answer> | undefined;

  /** @param collects whether reads of this moment are collected */
  constructor(client: CacheClient, collects: () => boolean) {
    this.#client = client;
    this.#collects = collects;
  }

  /** What is there. An unreadable value counts as absent: it would otherwise block its key until somebody deletes it. */
  async read(names: readonly string[]): Promise<Values> {
    if (!this.#collects()) {
      try {
        return await this.#client.getMany(names);
      } catch (error) {
        const { values, failures } = readableOf(error);
        for (const failure of failures.values()) throw failure;
        return values;
      }
    }
    const { values, failures } = await this.#askTogether(names);
    if (failures.size > 0) {
      for (const name of names) {
        const failure = failures.get(name);
        if (failure) throw failure;
      }
    }
    return values;
  }

  #askTogether(names: readonly string[]): Promise<Answer> {
    if (this.#names === undefined || this.#answer === undefined) {
      const collected = (this.#names = new Set<string>());
      // After the promise jobs of this tick, so that callers who awaited something in it are still in time.
      this.#answer = new Promise<void>((resolve) => {
        void Promise.resolve().then(() => {
          process.nextTick(resolve);
        });
      }).then(() => {
        this.#names = undefined;
        this.#answer = undefined;
        return this.#ask([...collected]);
      });
    }
    for (const name of names) this.#names.add(name);
    return this.#answer;
  }

  async #ask(names: readonly string[]): Promise<Answer> {
    try {
      return { values: await this.#client.getMany(names), failures: NONE };
    } catch (error) {
      return readableOf(error);
    }
  }
}

/**
 * What a multi-get that failed brought all the same.
 * @throws the error, when it brought nothing
 */
function readableOf(error: unknown): Answer {
  if (!isMemcacheError(error)) throw error;
  if (error.code === CORRUPT) {
    publishTrouble('read', error.key, error);
    return { values: new Map(), failures: NONE };
  }
  if (!isPartialFailure(error)) throw error;
  const failures = new Map<string, MemcacheError>();
  for (const [name, failure] of error.failures) {
    if (failure.code === CORRUPT) publishTrouble('read', name, failure);
    else failures.set(name, error);
  }
  return { values: error.values, failures };
}

const NONE: ReadonlyMap<string, MemcacheError> = new Map();

const CORRUPT: MemcacheErrorCode = 'MEMCACHE_VALUE_CORRUPT';

function isPartialFailure(error: MemcacheError): error is PartialFailureError {
  return error.code === 'MEMCACHE_PARTIAL_FAILURE';
}
