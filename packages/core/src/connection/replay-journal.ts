/**
 * Keys whose items on one server are out of date, because a delete or an overwrite did not reach it. Each is deleted there
 * before anything else is sent, and forgotten when that was answered. Bounded: the oldest keys are dropped.
 *
 *   add ──> waits ── replay ──> under way ── answered ──> gone
 *             ^                     |
 *             '── deadline, lost ───'   (refused by the server: not again before the next connection)
 */
import type { Receiver } from '../cluster/link-request.js';
import { DeleteCommand } from '../commands/delete.js';
import { isServerAnswer } from '../commands/retry-policy.js';

export const MOST_REPLAYED_KEYS = 10_000;

/** One key; the receiver of its delete's reply. */
class ReplayEntry implements Receiver<boolean> {
  readonly key: string;
  /** The connection that owns the key. */
  readonly lane: number;
  readonly addedAt: number;
  isUnderWay = false;
  isRefused = false;
  readonly #journal: ReplayJournal;

  constructor(key: string, lane: number, addedAt: number, journal: ReplayJournal) {
    this.key = key;
    this.lane = lane;
    this.addedAt = addedAt;
    this.#journal = journal;
  }

  resolve(): void {
    this.#journal.forget(this);
  }

  reject(error: unknown): void {
    this.isUnderWay = false;
    this.isRefused = isServerAnswer(error);
  }
}

/** A delete to send, and who takes its answer. */
export interface Replay {
  readonly command: DeleteCommand;
  readonly receiver: Receiver<boolean>;
}

export class ReplayJournal {
  readonly #entries = new Map<string, ReplayEntry>();
  readonly #now: () => number;
  readonly #onLost: (key: string) => void;

  /** @param onLost told each key that had to be dropped */
  constructor(now: () => number, onLost: (key: string) => void) {
    this.#now = now;
    this.#onLost = onLost;
  }

  /** Keys that wait, those under way included. */
  get size(): number {
    return this.#entries.size;
  }

  get keys(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** @param lane the connection that owns the key */
  add(key: string, lane: number): void {
    // A delete that is under way may have been carried out before the item became old.
    this.#entries.delete(key);
    this.#entries.set(key, new ReplayEntry(key, lane, this.#now(), this));
    if (this.#entries.size <= MOST_REPLAYED_KEYS) return;
    const [oldest] = this.#entries.keys();
    if (oldest === undefined) return;
    this.#entries.delete(oldest);
    this.#onLost(oldest);
  }

  /** The connections that have something to delete. */
  get lanes(): ReadonlySet<number> {
    return new Set([...this.#entries.values()].map(({ lane }) => lane));
  }

  /** What a connection has to send now. @param isNew the connection is new, so what was refused is tried again */
  take(lane: number, isNew: boolean): Replay[] {
    const replays: Replay[] = [];
    for (const entry of this.#entries.values()) {
      if (entry.lane !== lane || entry.isUnderWay || (entry.isRefused && !isNew)) continue;
      entry.isUnderWay = true;
      replays.push({ command: new DeleteCommand(entry.key), receiver: entry });
    }
    return replays;
  }

  /** A later write of the key was carried out, so nothing old is left. @param writtenAt when its bytes were sent */
  overwritten(key: string, writtenAt: number): void {
    const entry = this.#entries.get(key);
    if (entry !== undefined && entry.addedAt < writtenAt) this.#entries.delete(key);
  }

  forget(entry: ReplayEntry): void {
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
  }
}
