/** Keeps an item held while work runs, and tells the work when it was lost. */
import { MemcacheError } from '@memkit/core';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import { publishTrouble } from '../telemetry/channels.js';
import type { HeldItem } from './held-item.js';

/** Two renewals may fail before the time is over. */
const RENEWALS_PER_TTL = 3;

export class Renewal {
  readonly #held: HeldItem;
  readonly #key: string;
  readonly #ttlMs: number;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #heldUntil: number;
  #underway: Promise<void> | undefined;

  constructor(held: HeldItem, key: string, ttlMs: number) {
    this.#held = held;
    this.#key = key;
    this.#ttlMs = ttlMs;
    this.#heldUntil = performance.now() + ttlMs;
    this.#timer = setInterval(() => {
      this.#tick();
    }, ttlMs / RENEWALS_PER_TTL);
    // The work itself keeps the process alive, if anything does.
    this.#timer.unref();
  }

  /** Aborted when the item was lost, or may have been. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Afterwards nothing of this changes the item any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#underway;
  }

  #tick(): void {
    if (performance.now() >= this.#heldUntil) this.#lose('it could not be renewed in time');
    this.#underway ??= this.#renew().finally(() => (this.#underway = undefined));
  }

  async #renew(): Promise<void> {
    const from = performance.now();
    try {
      if (await this.#held.renew(this.#ttlMs)) this.#heldUntil = from + this.#ttlMs;
      else this.#lose('its time was over, or memcached lost it');
    } catch (error) {
      publishTrouble('renew', this.#key, toMemcacheError(error, 'Cannot renew', this.#key));
    }
  }

  #lose(detail: string): void {
    clearInterval(this.#timer);
    if (this.signal.aborted) return;
    this.#lost.abort(
      new MemcacheError('LOCKED', {
        action: 'Cannot keep',
        key: this.#key,
        detail: `${detail} (${String(this.#ttlMs)} ms)`,
        hint: 'Stop the work: another holder may have begun.',
      }),
    );
  }
}
