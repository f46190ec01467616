import type { ServerCounters } from '../telemetry/server-counters.js';
import type { Connection } from './connection.js';
import type { ReplayJournal } from './replay-journal.js';

/** The counters of one server: connections add to some, others are read from them when somebody asks. */
export class LinkCounters implements ServerCounters {
  connects = 0;
  connectFailures = 0;
  disconnects = 0;
  requests = 0;
  replies = 0;
  failures = 0;
  timeouts = 0;
  bytesWritten = 0;
  bytesRead = 0;
  readonly #connections: () => readonly Connection[];
  readonly #journal: ReplayJournal;

  constructor(connections: () => readonly Connection[], journal: ReplayJournal) {
    this.#connections = connections;
    this.#journal = journal;
  }

  get pending(): number {
    return sum(this.#connections(), ({ pendingCount }) => pendingCount);
  }

  get queuedBytes(): number {
    return sum(this.#connections(), ({ pendingBytes }) => pendingBytes);
  }

  get pendingInvalidations(): number {
    return this.#journal.size;
  }
}

function sum(connections: readonly Connection[], count: (connection: Connection) => number): number {
  return connections.reduce((total, connection) => total + count(connection), 0);
}
