import type { FaultKind } from '../faults/fault-action.js';
import type { FaultCommand } from '../faults/fault-command.js';

/**
 * What came of a call, whatever its protocol calls it:
 * `hit`, `miss`, `partial` (some of several keys) for reads; a `miss` is also a write to an absent key;
 * `stored`, `not-stored` (`add` over an item, `replace` of none), `exists` (lost `cas`), `deleted`, `changed` (counters);
 * `client-error`, `server-error`, `unknown-command`, `refused` (login); `ok` for the rest;
 * `fault` when a planned fault took the place of the answer.
 */
export type CallOutcome =
  | 'hit'
  | 'miss'
  | 'partial'
  | 'stored'
  | 'not-stored'
  | 'exists'
  | 'deleted'
  | 'changed'
  | 'ok'
  | 'client-error'
  | 'server-error'
  | 'unknown-command'
  | 'refused'
  | 'fault';

/** One request and what came of it. Holds no value and no credential. */
export interface RecordedCall {
  /** 1 for the first call of the server; no number is given twice. */
  readonly number: number;
  /** 1 for the first connection the server accepted. */
  readonly connection: number;
  readonly protocol: 'text' | 'meta' | 'binary';
  readonly command: FaultCommand;
  /** The keys, as text, in the order of the request; of a request with more than 100, the first 100. */
  readonly keys: readonly string[];
  /** Keys of the request. */
  readonly keyCount: number;
  /** Unix seconds by the server's clock when the request was carried out. */
  readonly at: number;
  readonly outcome: CallOutcome;
  /** Keys that were found, of a read. */
  readonly hits: number;
  /** The planned fault it met. */
  readonly fault: FaultKind | undefined;
  /** Bytes of the value the client sent. */
  readonly valueBytes: number;
  /** Bytes of the reply that were sent, protocol included. */
  readonly replyBytes: number;
}
