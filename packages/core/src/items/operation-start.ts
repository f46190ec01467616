/** What all operations begin with: the closed client, the deadline, the key as it travels, the expiry. */
import { MemcacheError } from '@memkit/protocol';
import { assertKey, toExptime } from '@memkit/protocol/internal';
import { now } from '../clock.js';
import type { OperationOptions, StoreOptions } from '../cache-client.js';
import type { Deadline } from '../cluster/deadline.js';
import type { ClientSettings } from '../options/client-settings.js';
import type { Ttl } from '../options/duration.js';
import type { OperationMessage } from '../telemetry/operation-channel.js';
import { TickDeadline } from './tick-deadline.js';
import { assertOperationOptions, timeoutMsOf, ttlMsOf } from '../options/operation-options.js';

export class OperationStart {
  readonly #tick: TickDeadline;
  readonly #timeoutMs: number;
  readonly #ttlMs: number;
  readonly #keyPrefix: string;
  #isClosed = false;

  constructor({ timeoutMs, ttlMs, keyPrefix }: Pick<ClientSettings, 'timeoutMs' | 'ttlMs' | 'keyPrefix'>) {
    this.#tick = new TickDeadline(timeoutMs, now);
    this.#timeoutMs = timeoutMs;
    this.#ttlMs = ttlMs;
    this.#keyPrefix = keyPrefix;
  }

  /** From now on every operation is refused. */
  close(): void {
    this.#isClosed = true;
  }

  /** @throws `MEMCACHE_CLIENT_CLOSED` */
  assertOpen(command: string): void {
    if (this.#isClosed) throw new MemcacheError('CLIENT_CLOSED', { action: `Cannot ${command}`, command });
  }

  /**
   * Checks what every operation has in common, and starts its clock.
   * @throws `MEMCACHE_CLIENT_CLOSED`, `MEMCACHE_INVALID_OPTION`
   */
  deadline(
    command: string,
    options: OperationOptions | undefined,
    known: readonly string[],
    trace: OperationMessage | undefined,
  ): Deadline {
    this.assertOpen(command);
    if (options === undefined) {
      if (trace === undefined) return this.#tick.current();
      return { at: now() + this.#timeoutMs, isImpatient: false, signal: undefined, trace };
    }
    assertOperationOptions(options, known, command);
    const ms = options.timeout === undefined ? this.#timeoutMs : timeoutMsOf(options.timeout);
    return { at: now() + ms, isImpatient: ms < this.#timeoutMs, signal: options.signal, trace };
  }

  /** For work that no caller waits for. */
  backgroundDeadline(): Deadline {
    return { at: now() + this.#timeoutMs, isImpatient: false };
  }

  /** @throws `MEMCACHE_INVALID_KEY` */
  wireKey(key: unknown, action: string): string {
    const prefix = this.#keyPrefix;
    const wireKey = prefix !== '' && typeof key === 'string' && key !== '' ? prefix + key : key;
    assertKey(wireKey, action, prefix);
    return wireKey;
  }

  /**
   * As `wireKey` for many, none of which is sent unless all are fine; the list itself where nothing is put in front.
   * @throws `MEMCACHE_INVALID_KEY`
   */
  wireKeys(keys: readonly string[], action: string): readonly string[] {
    if (this.#keyPrefix !== '') return keys.map((key) => this.wireKey(key, action));
    for (const key of keys) assertKey(key, action);
    return keys;
  }

  /** @throws `MEMCACHE_INVALID_TTL` */
  exptime(options: StoreOptions | undefined, command: string): number {
    const ttl = options?.ttl;
    return ttl === undefined ? toExptime(this.#ttlMs, Date.now) : exptimeOf(ttl, command);
  }
}

/** @throws `MEMCACHE_INVALID_TTL` */
export function exptimeOf(ttl: Ttl, command: string): number {
  return toExptime(ttlMsOf(ttl, command), Date.now);
}
