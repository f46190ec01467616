/** Keeps an item held while work runs, and tells the work when it was lost. */
import { MemcacheError } from '@memkit/core';
import { LONGEST_TIMER_MS } from '@memkit/core/internal';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import { publishTrouble } from '../telemetry/channels.js';
import type { HeldItem } from './held-item.js';

/** Two renewals may fail before the time is over. */
const RENEWALS_PER_TTL = 3;
const LONGEST_STEP_MS = 86_400_000;

export class Renewal {
  readonly #held: HeldItem;
  readonly #ttlMs: number;
  readonly #lost = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #end: NodeJS.Timeout;
  #underway: Promise<void> | undefined;

  constructor(held: HeldItem, ttlMs: number) {
    this.#held = held;
    this.#ttlMs = ttlMs;
    this.#end = this.#endAfter(performance.now());
    this.#timer = setInterval(
      () => {
        this.#underway ??= this.#renew().finally(() => (this.#underway = undefined));
      },
      Math.min(ttlMs / RENEWALS_PER_TTL, LONGEST_STEP_MS),
    );
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
    clearTimeout(this.#end);
  }

  async #renew(): Promise<void> {
    const from = performance.now();
    try {
      if (!(await this.#held.renew(this.#ttlMs))) this.#lose('its time was over, or memcached lost it');
      else if (!this.signal.aborted) {
        clearTimeout(this.#end);
        this.#end = this.#endAfter(from);
      }
    } catch (error) {
      publishTrouble('renew', this.#held.key, toMemcacheError(error, 'Cannot renew', this.#held.key));
    }
  }

  #endAfter(from: number): NodeJS.Timeout {
    const end = (): void => {
      this.#lose('it could not be renewed in time');
    };
    return setTimeout(end, Math.min(from + this.#ttlMs - performance.now(), LONGEST_TIMER_MS)).unref();
  }

  #lose(detail: string): void {
    clearInterval(this.#timer);
    clearTimeout(this.#end);
    if (this.signal.aborted) return;
    this.#lost.abort(
      new MemcacheError('LOCKED', {
        action: 'Cannot keep',
        key: this.#held.key,
        detail: `${detail} (${String(this.#ttlMs)} ms)`,
        hint: 'Stop the work: another holder may have begun.',
      }),
    );
  }
}
