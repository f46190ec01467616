/**
 * Gives a store its turns to remove what has expired and to evict what is above a lowered limit: a slice at a time, so
 * that connections are answered in between. Has a timer only while some item can end, and never keeps the process alive.
 */
// Imported, not global: fake timers of a test must not stop it.
import { clearTimeout, setTimeout } from 'node:timers';
import { publishFailure } from '../telemetry/channels.js';
import type { ItemStore } from './item-store.js';

/** Looking at so many takes about a millisecond, removing them all two. */
const ITEMS_A_SLICE = 1000;
const BETWEEN_SLICES_MS = 5;
/** memcached counts whole seconds. */
const BETWEEN_LOOKS_MS = 1000;

/** Runs something later, once; gives what calls it off. */
export type Schedule = (run: () => void, delayMs: number) => () => void;

export class ItemSweeper {
  readonly #store: ItemStore;
  readonly #schedule: Schedule;
  #cancel: (() => void) | undefined;
  /** The next run is a look a second later. */
  #isResting = false;

  constructor(store: ItemStore, schedule: Schedule = scheduleUnref) {
    this.#store = store;
    this.#schedule = schedule;
    store.onWork = (isUrgent) => {
      if (this.#cancel !== undefined && !(isUrgent && this.#isResting)) return;
      this.#cancel?.();
      this.#runAfter(isUrgent ? BETWEEN_SLICES_MS : BETWEEN_LOOKS_MS);
    };
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  readonly #run = (): void => {
    const state = this.#sweep();
    if (state === 'idle') this.#cancel = undefined;
    else this.#runAfter(state === 'more' ? BETWEEN_SLICES_MS : BETWEEN_LOOKS_MS);
  };

  #runAfter(delayMs: number): void {
    this.#isResting = delayMs === BETWEEN_LOOKS_MS;
    this.#cancel = this.#schedule(this.#run, delayMs);
  }

  /** An injected clock that throws must not take the process with it. */
  #sweep(): ReturnType<ItemStore['sweep']> {
    try {
      return this.#store.sweep(ITEMS_A_SLICE);
    } catch (error) {
      publishFailure({ command: undefined, error });
      return 'wait';
    }
  }
}

function scheduleUnref(run: () => void, delayMs: number): () => void {
  const timer = setTimeout(run, delayMs).unref();
  return () => {
    clearTimeout(timer);
  };
}
