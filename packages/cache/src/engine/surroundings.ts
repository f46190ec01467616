import { setTimeout as delay } from 'node:timers/promises';

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

/** Timers of Node.js hold 31 bits, that is 24 days; a longer one fires at once. */
export const LONGEST_TIMER_MS = 2_147_483_647;

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
