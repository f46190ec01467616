import { errorCodes, type ErrorName, type MemcacheErrorCode } from './error-codes.js';
import { formatErrorMessage, type ErrorFacts } from './error-message.js';

// A brand instead of instanceof: true across two installed copies and across import and require().
const brand = Symbol.for('memkit.MemcacheError');

export interface MemcacheErrorFacts extends ErrorFacts {
  /** The command that failed, by its API name: `get`, `increment`. */
  readonly command?: string | undefined;
  readonly cause?: unknown;
}

/** Every failure memkit reports. Decide by `code` or `retryable`; show `message` to a person. */
export class MemcacheError extends Error {
  override readonly name: string = 'MemcacheError';
  /** Stable identifier such as `MEMCACHE_TIMEOUT`; the reference has a section for each. */
  readonly code: MemcacheErrorCode;
  /** The same call may succeed later without any change by the caller. */
  readonly retryable: boolean;
  /** What to do, also the end of the message. */
  readonly hint: string;
  readonly key: string | undefined;
  /** `host:port` of the server concerned. */
  readonly server: string | undefined;
  readonly command: string | undefined;
  readonly [brand] = true;

  constructor(name: ErrorName, facts: MemcacheErrorFacts) {
    const entry = errorCodes[name];
    super(formatErrorMessage(facts, entry.hint), facts.cause === undefined ? undefined : { cause: facts.cause });
    this.code = `MEMCACHE_${name}`;
    this.retryable = entry.retryable;
    this.hint = facts.hint ?? entry.hint;
    this.key = facts.key;
    this.server = facts.server;
    this.command = facts.command;
  }
}

/** A multi-key call that succeeded for some servers only. `values` holds what was read; `failures` says why the rest was not. */
export class PartialFailureError extends MemcacheError {
  override readonly name = 'PartialFailureError';
  /** What the healthy servers answered. Empty for writes. */
  readonly values: ReadonlyMap<string, unknown>;
  /** Each failed key with its error. */
  readonly failures: ReadonlyMap<string, MemcacheError>;

  constructor(
    facts: MemcacheErrorFacts,
    values: ReadonlyMap<string, unknown>,
    failures: ReadonlyMap<string, MemcacheError>,
  ) {
    super('PARTIAL_FAILURE', facts);
    this.values = values;
    this.failures = failures;
  }
}

/** Whether something is an error of memkit, whichever copy of the package made it. */
export function isMemcacheError(value: unknown): value is MemcacheError {
  return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true;
}
