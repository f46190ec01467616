import { nextTick } from 'node:process';

let tick = 0;
let isCounting = false;

/**
 * Changes when what is running now, and the promise jobs it is among, are done. Who comes in the same tick as a request
 * comes before it was sent, or heard of nothing since that the request did not see.
 */
export function currentTick(): number {
  if (!isCounting) {
    isCounting = true;
    // Not setImmediate(), with which the loop turns once more for every lone hit.
    nextTick(endTick);
  }
  return tick;
}

function endTick(): void {
  tick += 1;
  isCounting = false;
}
