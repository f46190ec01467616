import { createHook } from 'node:async_hooks';

// Not TLSWRAP: Node reports its end when it is collected as garbage. The TCPWRAP below it is the socket.
const KINDS = new Set(['Timeout', 'Immediate', 'TCPWRAP', 'PIPEWRAP']);

/**
 * Timers and sockets that a package made and that still exist. `process.getActiveResourcesInfo()` leaves out what was
 * unref'd, which is most of what a client holds while it is idle.
 */
export class LiveResources {
  readonly #live = new Map<number, string>();
  readonly #hook;
  readonly #stackTraceLimit = Error.stackTraceLimit;

  /** @param madeBy a part of the path of the files whose resources count */
  constructor(madeBy: string) {
    // Node's own frames lie between the package and the resource.
    Error.stackTraceLimit = 60;
    const live = this.#live;
    this.#hook = createHook({
      init(id, kind) {
        if (!KINDS.has(kind)) return;
        const stack = new Error(kind).stack ?? '';
        if (stack.includes(madeBy))
          live.set(
            id,
            stack
              .split('\n')
              .find((line) => line.includes(madeBy))
              ?.trim() ?? kind,
          );
      },
      destroy(id) {
        live.delete(id);
      },
    }).enable();
  }

  /** Where what exists was made. Node reports the end of a resource in a later turn of the event loop, so this waits for it. */
  async list(): Promise<readonly string[]> {
    for (let turn = 0; turn < 100 && this.#live.size > 0; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
    }
    return [...this.#live.values()];
  }

  stop(): void {
    this.#hook.disable();
    Error.stackTraceLimit = this.#stackTraceLimit;
  }
}
