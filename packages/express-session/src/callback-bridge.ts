/** The only callbacks in memkit: express-session's contract, on top of promises. */

/** express-session's callback; the value only for methods that have one. */
export type Callback<T> = (error: unknown, value?: T) => void;

/**
 * Runs `work` and calls back exactly once, never within the call itself.
 * @param onUnheard gets the error when there is no callback, so that it is not lost
 */
export function callBack<T>(
  work: () => Promise<T | undefined>,
  callback: Callback<T> | undefined,
  onUnheard: (error: unknown) => void,
): void {
  // An async function, so that an exception before the first await is a rejection too.
  const run = async (): Promise<T | undefined> => work();
  void run().then(
    (value) => {
      if (callback) leavePromise(callback, null, value);
    },
    (error: unknown) => {
      if (callback) leavePromise(callback, error);
      else onUnheard(error);
    },
  );
}

/**
 * What a callback throws must surface as an uncaught exception of the application; inside the promise it would turn
 * into a rejection, and a second call.
 */
function leavePromise<T>(callback: Callback<T>, ...settled: Parameters<Callback<T>>): void {
  process.nextTick(callback, ...settled);
}
