/** The planned faults of one server, asked once for each request. Decides; sessions/request-watch.ts acts. */
import type { FaultAction } from './fault-action.js';
import type { FaultCommand } from './fault-command.js';
import type { KeyTest } from './key-pattern.js';

/** What faults are chosen by. */
export interface FaultTarget {
  readonly command: FaultCommand;
  /** As text; none for commands without a key. */
  readonly keys: readonly string[];
  readonly connection: number;
}

/** One sentence, with what is left of it. */
export interface Fault {
  /** `undefined`: any. */
  readonly commands: readonly FaultCommand[] | undefined;
  readonly isKeyMeant: KeyTest | undefined;
  readonly connection: number | undefined;
  /** Whether chance says yes, drawn once for each request that is meant. */
  readonly draw: (() => boolean) | undefined;
  readonly action: FaultAction;
  skips: number;
  remaining: number;
  happened: number;
}

export class FaultTable {
  /** Whether there is any fault: all that a request costs while nothing is planned. */
  isPlanned = false;
  #faults: Fault[] = [];
  readonly #held = new Set<() => void>();

  add(fault: Fault): void {
    this.#faults.push(fault);
    this.isPlanned = true;
  }

  /** The fault for this request, counted as used; the one written last wins. */
  take(target: FaultTarget): FaultAction | undefined {
    let chosen: Fault | undefined;
    for (const fault of this.#faults.toReversed()) {
      if (!isMeant(fault, target)) continue;
      if (fault.skips > 0) fault.skips -= 1;
      else if (chosen === undefined && fault.draw?.() !== false) chosen = fault;
    }
    if (chosen === undefined) return undefined;
    chosen.happened += 1;
    chosen.remaining -= 1;
    if (chosen.remaining === 0) this.#remove(chosen);
    return chosen.action;
  }

  /** Calls `release` at the next `clear()`, unless the returned function was called before. */
  onClear(release: () => void): () => void {
    this.#held.add(release);
    return () => this.#held.delete(release);
  }

  /** Ends all faults and lets go of what they hold. */
  clear(): void {
    this.#faults = [];
    this.isPlanned = false;
    const held = [...this.#held];
    this.#held.clear();
    for (const release of held) release();
  }

  #remove(fault: Fault): void {
    this.#faults = this.#faults.filter((other) => other !== fault);
    this.isPlanned = this.#faults.length > 0;
  }
}

function isMeant({ commands, isKeyMeant, connection }: Fault, target: FaultTarget): boolean {
  if (commands !== undefined && !commands.includes(target.command)) return false;
  if (connection !== undefined && connection !== target.connection) return false;
  return isKeyMeant === undefined || target.keys.some(isKeyMeant);
}
