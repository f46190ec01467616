import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ObservedClient } from './observed-client.js';

interface Waiting {
  readonly client: ObservedClient;
  readonly name: string;
  readonly open: () => void;
}

/** Which of the waiting commands passes at a step. */
export interface Choice {
  choose(options: number, step: number): number;
}

/**
 * The order in which the commands of several clients reach their servers, one at a time: as a spec chooses, and not as
 * they were sent.
 */
export class Schedule {
  /** How many commands there were to choose from at each step. */
  readonly options: number[] = [];
  /** What passed, in order. */
  readonly passed: string[] = [];
  readonly #choice: Choice;
  #waiting: Waiting[] = [];

  constructor(choice: Choice) {
    this.#choice = choice;
  }

  /** From now on each command of the client waits for its turn. */
  gate(client: ObservedClient, who: string): void {
    client.before = (command, keys) =>
      new Promise((open) => this.#waiting.push({ client, name: `${who}: ${command} ${keys.join(' ')}`, open }));
  }

  /** Lets one command pass and waits for its reply; `false` when none is waiting. */
  async step(): Promise<boolean> {
    await nextTurn();
    if (this.#waiting.length === 0) return false;
    const chosen = this.#waiting[this.#choice.choose(this.#waiting.length, this.options.length)];
    if (!chosen) throw new RangeError('a schedule that does not fit');
    this.options.push(this.#waiting.length);
    this.passed.push(chosen.name);
    this.#waiting = this.#waiting.filter((waiting) => waiting !== chosen);
    const { replies } = chosen.client;
    chosen.open();
    while (chosen.client.replies === replies) await nextTurn();
    return true;
  }
}

/** The choices to try after these; `undefined` when all have been tried. */
export function nextChoices(choices: readonly number[], options: readonly number[]): number[] | undefined {
  for (let at = options.length - 1; at >= 0; at -= 1) {
    const choice = choices[at] ?? 0;
    if (choice + 1 < (options[at] ?? 0)) {
      return [...Array.from({ length: at }, (_, before) => choices[before] ?? 0), choice + 1];
    }
  }
  return undefined;
}
