/** What one connection has to delete before anything else: its share of the server's journal, as requests. */
import { ForwardedRequest } from '../cluster/link-request.js';
import type { PendingRequest } from './pending-requests.js';
import type { ReplayJournal } from './replay-journal.js';

export interface ReplayLaneOptions {
  readonly journal: ReplayJournal;
  /** Which of the server's connections it is. */
  readonly number: number;
  /** How long a delete may take. */
  readonly timeoutMs: number;
}

export class ReplayLane {
  readonly journal: ReplayJournal;
  readonly #number: number;
  readonly #timeoutMs: number;
  readonly #now: () => number;
  /** A delete may not have been answered in time: it goes out again with the next sign of life. */
  #isOverdue = false;

  /** @param now the clock of the deadlines */
  constructor({ journal, number, timeoutMs }: ReplayLaneOptions, now: () => number) {
    this.journal = journal;
    this.#number = number;
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  /** The deletes to send now, in front of everything. @param isNew the connection is new, so what was refused is tried again */
  take(isNew: boolean): readonly PendingRequest[] {
    this.#isOverdue = false;
    if (this.journal.size === 0) return [];
    const deadline = { at: this.#now() + this.#timeoutMs };
    return this.journal.take(this.#number, isNew).map(({ command, receiver }) => {
      const entry = new ForwardedRequest<unknown>(command, deadline, receiver);
      entry.isReplay = true;
      return entry;
    });
  }

  /** Requests of the connection were not answered in time. */
  deadlinePassed(): void {
    this.#isOverdue = true;
  }

  /**
   * A request was answered: what it wrote need not be deleted any more.
   * @returns whether deletes have to be taken again
   */
  answered({ command, writtenAt }: PendingRequest, result: unknown): boolean {
    if (command.name === 'delete' || (command.name === 'set' && result === 'stored')) {
      this.journal.overwritten(command.key, writtenAt);
    }
    return this.#isOverdue;
  }
}
