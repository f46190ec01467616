/**
 * Tells the engine that a rendering gave nothing to share: it then serves a stale page if it may, and tells everybody
 * who waited. Never leaves this package.
 */
export class RenderFailure extends Error {
  override readonly name = 'RenderFailure';
  /** `aborted`: the client went away. `failed`: the handler answered with 500 or above, or threw. */
  readonly kind: 'aborted' | 'failed';

  constructor(kind: 'aborted' | 'failed', reason: string, cause?: unknown) {
    super(`The page was not rendered: ${reason}`, { cause });
    this.kind = kind;
  }
}
