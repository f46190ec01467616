/** Where the server reads the time. Inject one to let items expire in a test without waiting. */
export interface ItemClock {
  /** The current Unix time in seconds; fractions are cut off, because memcached counts whole seconds. */
  now(): number;
}

export const systemClock: ItemClock = {
  now: () => Math.floor(Date.now() / 1000),
};
