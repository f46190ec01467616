import type { LinkDeadline } from './link-request.js';

/** The time a command has. */
export interface Deadline extends LinkDeadline {
  /** Shorter than the client's own timeout: missing it says nothing about the server. */
  readonly isImpatient: boolean;
  /** Learns which server was asked last. */
  readonly trace?: { server?: string } | undefined;
}
