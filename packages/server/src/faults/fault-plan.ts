/**
 * What shall go wrong, written as sentences: `server.faults.on('get').after(1).times(1).dropAfter(10)` lets one get
 * pass, cuts the reply of the next one behind ten bytes, and leaves all others alone.
 */
import type { FaultCommand } from './fault-command.js';
import { FaultSentence, type PlannedFault } from './fault-sentence.js';
import type { FaultTable } from './fault-table.js';
import type { KeyPattern } from './key-pattern.js';
import { parseSpan, type Span } from './span.js';

/** What faults change of the server itself. */
export interface FaultLevers {
  readonly clock: { skewSeconds: number };
  readonly memory: { fill(): void; unfill(): void };
}

/**
 * The faults of one server. Of several that are meant for a request, the one written last happens.
 * @example
 * const cut = server.faults.on('get').forKeys('user:*').times(1).dropAfter(10);
 * server.faults.on('set', 'add').delay('200ms');
 * // ... run the application ...
 * console.log(cut.happened);
 * server.faults.clear();
 */
export class FaultPlan {
  readonly #table: FaultTable;
  readonly #levers: FaultLevers;
  #refusesConnections = false;

  constructor(table: FaultTable, levers: FaultLevers) {
    this.#table = table;
    this.#levers = levers;
  }

  /** Starts a fault for these commands; without a name, for every request. */
  on(...commands: readonly FaultCommand[]): FaultSentence {
    return new FaultSentence((fault) => {
      this.#table.add(fault);
    }).on(...commands);
  }

  /** Starts a fault for requests with such a key: a key, a pattern with `*`, or a regular expression. */
  forKeys(...patterns: readonly KeyPattern[]): FaultSentence {
    return this.on().forKeys(...patterns);
  }

  /** Delays every answer. */
  delay(span: Span): PlannedFault {
    return this.on().delay(span);
  }

  /** Closes the connection at the next request. */
  close(): PlannedFault {
    return this.on().close();
  }

  /** Resets the connection at the next request. */
  reset(): PlannedFault {
    return this.on().reset();
  }

  /** Accepts connections and answers nothing on any of them. */
  silence(): PlannedFault {
    return this.on().silence();
  }

  /** Cuts every reply behind this many bytes. */
  dropAfter(bytes: number): PlannedFault {
    return this.on().dropAfter(bytes);
  }

  /** Answers everything with bytes that are no reply. */
  garbage(bytes?: Uint8Array | string): PlannedFault {
    return this.on().garbage(bytes);
  }

  /** Answers every store as a full memcached that may not evict (`-M`). */
  outOfMemory(): PlannedFault {
    return this.on().outOfMemory();
  }

  /** Closes new connections at once; open ones stay. */
  refuse(): void {
    this.#refusesConnections = true;
  }

  /**
   * The memory counts as full: its limit is what the items take now, so that every new item evicts old ones, all of them
   * if need be; in an empty store, each item evicts the one before. On a server with `disabled: ['evictions']` every new
   * item is answered out of memory.
   */
  fillMemory(): void {
    this.#levers.memory.fill();
  }

  /**
   * Moves the clock by which items expire: `'10m'` is ahead, `'-5s'` behind the true time. A second call replaces the
   * first. Items that somebody found expired do not come back with `clear()`.
   */
  skewClock(span: Span): void {
    this.#levers.clock.skewSeconds = parseSpan(span, 'Cannot skew the clock') / 1000;
  }

  /**
   * Ends all faults: answers that are being delayed are sent at once, connections that went silent are closed, and
   * memory and clock are as before. Items that a fault evicted stay gone.
   */
  clear(): void {
    this.#refusesConnections = false;
    this.#levers.clock.skewSeconds = 0;
    this.#levers.memory.unfill();
    this.#table.clear();
  }

  /** Whether new connections are refused. */
  get refusesConnections(): boolean {
    return this.#refusesConnections;
  }
}
