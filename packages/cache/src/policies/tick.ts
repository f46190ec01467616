let tick = 0;
let isCounting = false;

/**
 * Changes from one turn of the event loop to the next. Who comes in the same turn as a request comes before it was sent,
 * or heard of nothing since that the request did not see.
 */
export function currentTick(): number {
  if (!isCounting) {
    isCounting = true;
    setImmediate(() => {
      tick += 1;
      isCounting = false;
    });
  }
  return tick;
}
