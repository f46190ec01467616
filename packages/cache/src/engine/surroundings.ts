import { setTimeout as delay } from 'node:timers/promises';
import { LONGEST_TIMER_MS } from '@memkit/core/internal';

/** Time and chance, injected so that specs can drive them. */
export interface Surroundings {
  /** Unix milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
  /** As `sleep`, and a process that has nothing else to do may end meanwhile. */
  pause(milliseconds: number): Promise<void>;
  /** Rings after 24 days at the latest. @returns cancels it */
  timer(milliseconds: number, ring: () => void): () => void;
  /** 0 to 1, 1 excluded. */
  random(): number;
}

export const realSurroundings: Surroundings = {
  now: () => Date.now(),
  sleep: (milliseconds) => delay(milliseconds),
  pause: (milliseconds) => delay(milliseconds, undefined, { ref: false }),
  timer: (milliseconds, ring) => {
    const timer = setTimeout(ring, Math.min(milliseconds, LONGEST_TIMER_MS));
    return () => {
      clearTimeout(timer);
    };
  },
  random: () => Math.random(),
};
