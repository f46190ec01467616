/**
 * The last calls of a server, for a test to look at. Off unless `recordCalls` says how many to keep: reading every reply
 * to tell a hit from a miss costs more than answering it.
 */
// Imported, not global: fake timers of a test must not stop the waiting.
import { clearTimeout, setTimeout } from 'node:timers';
import { MemcacheError } from '@memkit/protocol';
import { parseSpan, type Span } from '../faults/span.js';
import { compileCallFilter, type CallFilter } from './call-filter.js';
import type { RecordedCall } from './recorded-call.js';

export interface WaitForCallOptions {
  /** How long to wait. Default `'5s'`. */
  readonly timeout?: Span;
}

/** Looks at a call, and settles what waits for it. */
type Waiter = (call: RecordedCall) => void;

/**
 * What clients asked of one server, the newest calls up to `recordCalls`. Every method but `isRecording` throws
 * `MEMCACHE_INVALID_OPTION` while nothing is recorded: a count of zero would be a wrong answer.
 * @example
 * const server = createServer({ recordCalls: 1000 });
 * // ... run the application ...
 * server.calls.count({ command: 'get', key: 'user:*', outcome: 'miss' });
 * await server.calls.waitFor({ command: 'delete', key: 'user:42' });
 */
export class CallRecorder {
  readonly #size: number;
  /** Call number n stands at place n modulo the size. */
  #ring: RecordedCall[] = [];
  #made = 0;
  /** The number of the oldest call that is still to be seen. */
  #oldest = 1;
  #forgotten = 0;
  readonly #waiters = new Set<Waiter>();

  constructor(size: number) {
    this.#size = size;
  }

  /** Whether calls are recorded. */
  get isRecording(): boolean {
    return this.#size > 0;
  }

  /** Calls that were pushed out by newer ones since the start or the last `clear()`; not 0: counts are too low. */
  get forgotten(): number {
    this.#assertRecording();
    return this.#forgotten;
  }

  /** The calls that are meant, oldest first; without a filter, all. */
  list(filter?: CallFilter): readonly RecordedCall[] {
    this.#assertRecording();
    const isMeant = compileCallFilter(filter);
    const calls: RecordedCall[] = [];
    for (let number = this.#oldest; number <= this.#made; number += 1) {
      const call = this.#ring[number % this.#size];
      if (call !== undefined && isMeant(call)) calls.push(call);
    }
    return calls;
  }

  /** How many calls are meant. */
  count(filter?: CallFilter): number {
    return this.list(filter).length;
  }

  /** Forgets the calls so far. */
  clear(): void {
    this.#assertRecording();
    this.#ring = [];
    this.#oldest = this.#made + 1;
    this.#forgotten = 0;
  }

  /**
   * The first call that is meant, among those recorded and those to come; `clear()` first to wait for a new one.
   * @throws `MEMCACHE_TIMEOUT` when none was made in time
   */
  waitFor(filter: CallFilter, options: WaitForCallOptions = {}): Promise<RecordedCall> {
    return new Promise((resolve, reject) => {
      const isMeant = compileCallFilter(filter);
      const waitMs = parseSpan(options.timeout ?? '5s', 'Cannot wait for a call');
      const [first] = this.list(isMeant);
      if (first !== undefined) {
        resolve(first);
        return;
      }
      const settle = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(look);
      };
      const timer = setTimeout(() => {
        settle();
        reject(this.#notMade(waitMs));
      }, waitMs);
      const look: Waiter = (call) => {
        try {
          if (!isMeant(call)) return;
          resolve(call);
        } catch (error) {
          // The filter is the test's own function; its failure belongs to the one who waits, not to the connection.
          reject(error instanceof Error ? error : filterThrew(error));
        }
        settle();
      };
      this.#waiters.add(look);
    });
  }

  /** @internal Takes a call in and gives it its number. */
  add(facts: Omit<RecordedCall, 'number'>): void {
    this.#made += 1;
    const call: RecordedCall = { number: this.#made, ...facts };
    this.#ring[call.number % this.#size] = call;
    if (this.#made - this.#oldest >= this.#size) {
      this.#oldest += 1;
      this.#forgotten += 1;
    }
    for (const look of this.#waiters) look(call);
  }

  #notMade(waitMs: number): MemcacheError {
    const last = this.#ring[this.#made % this.#size];
    const seen = last === undefined ? 'none was recorded at all' : `the last one was ${describe(last)}`;
    return new MemcacheError('TIMEOUT', {
      action: 'Cannot find the call that was waited for',
      detail: `it was not made within ${String(waitMs)} ms, and ${seen}`,
      hint: 'Look at server.calls.list(), or wait longer with { timeout }.',
    });
  }

  #assertRecording(): void {
    if (this.isRecording) return;
    throw new MemcacheError('INVALID_OPTION', {
      action: 'Cannot look at the calls',
      detail: 'this server records none',
      hint: 'Create it with createServer({ recordCalls: 1000 }).',
    });
  }
}

function describe({ command, keys, keyCount, outcome }: RecordedCall): string {
  const [key] = keys;
  const more = keyCount > 1 ? ` and ${String(keyCount - 1)} more` : '';
  return key === undefined ? `${command} (${outcome})` : `${command} ${JSON.stringify(key)}${more} (${outcome})`;
}

function filterThrew(cause: unknown): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: 'Cannot wait for a call', detail: 'the filter threw', cause });
}
