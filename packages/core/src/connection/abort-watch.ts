/**
 * Tells requests that their signal was aborted. One listener for each signal, however many requests share it: Node warns
 * of a leak at eleven listeners, and a signal for a whole page has hundreds of requests.
 */
class SignalGroup {
  readonly members = new Map<object, (reason: unknown) => void>();
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener('abort', this);
  }

  handleEvent(): void {
    this.release();
    const listeners = [...this.members.values()];
    this.members.clear();
    for (const listener of listeners) listener(this.#signal.reason);
  }

  release(): void {
    this.#signal.removeEventListener('abort', this);
    groups.delete(this.#signal);
  }
}

const groups = new WeakMap<AbortSignal, SignalGroup>();

/** Calls the listener once when the signal is aborted; the caller has made sure that it is not yet. */
export function watchSignal(signal: AbortSignal, member: object, onAborted: (reason: unknown) => void): void {
  let group = groups.get(signal);
  if (group === undefined) groups.set(signal, (group = new SignalGroup(signal)));
  group.members.set(member, onAborted);
}

export function unwatchSignal(signal: AbortSignal, member: object): void {
  const group = groups.get(signal);
  if (group?.members.delete(member) === true && group.members.size === 0) group.release();
}
