// Imported, not global: fake timers of a test must not keep connections alive.
import { clearTimeout, setTimeout } from 'node:timers';

/** Calls once after `ms` milliseconds unless the returned function is called before. */
export type StartTimer = (onEnd: () => void, ms: number) => () => void;

/** Keeps no process alive. */
export const systemTimer: StartTimer = (onEnd, ms) => {
  const timer = setTimeout(onEnd, ms).unref();
  return () => {
    clearTimeout(timer);
  };
};
