const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 250;
const GROWTH = 1.5;

/** How long to wait before looking again: 10 ms growing to 250 ms, of which chance takes up to a half, so that waiters spread. */
export function waitBeforeLook(attempt: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * GROWTH ** attempt);
  return full * (0.5 + random / 2);
}
