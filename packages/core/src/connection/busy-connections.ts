/** How many connections of this process wait for replies: only then may several of their sockets be readable at once. */
let busy = 0;

export function noteBusy(isBusy: boolean): void {
  busy += isBusy ? 1 : -1;
}

export function areSeveralBusy(): boolean {
  return busy > 1;
}
