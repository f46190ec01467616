/**
 * The clock of deadlines, which no change of the system's time moves. In whole milliseconds: V8 keeps small whole numbers
 * inside the objects that hold them and allocates all others, three times for each call. What it saves was measured with two other changes: see commands/operation.ts.
 */
export const now = (): number => Math.trunc(performance.now());
