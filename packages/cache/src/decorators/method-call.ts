/** A call of a decorated method, on its way to the cache. */
export interface MethodCall {
  readonly self: unknown;
  readonly args: readonly unknown[];
  /** Runs the method itself, with its own arguments or others. */
  readonly proceed: (args?: readonly unknown[]) => unknown;
}

/** What a decorated method does in place of running. */
export type Run = (call: MethodCall) => Promise<unknown>;
