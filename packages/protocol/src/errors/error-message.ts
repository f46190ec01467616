/** The parts of every message: what could not be done + key + server + the numbers that decided it + what to do. */
export interface ErrorFacts {
  /** What could not be done, without a full stop: `Cannot store`. */
  readonly action: string;
  readonly key?: string | undefined;
  /** `host:port`, or the socket path. Never a URL with credentials. */
  readonly server?: string | undefined;
  /** Why, with the numbers that decided it and their units. Never a value or a credential. */
  readonly detail?: string | undefined;
  /** Replaces the table's hint where this case knows better advice. A full sentence. */
  readonly hint?: string | undefined;
}

const LONGEST_SHOWN_KEY = 80;
const KEPT_AT_EACH_END = 36;

/** Shortens long keys in the middle and escapes control characters, so that a key cannot forge a log line. */
export function showKey(key: string): string {
  const shown =
    key.length <= LONGEST_SHOWN_KEY
      ? key
      : `${key.slice(0, KEPT_AT_EACH_END)}…${key.slice(-KEPT_AT_EACH_END)} (${String(key.length)} characters)`;
  return JSON.stringify(shown);
}

/** 1048576 -> `1,048,576`: sizes in messages are read by people. */
export function showNumber(value: number): string {
  return value.toLocaleString('en-US');
}

export function formatErrorMessage(facts: ErrorFacts, hint: string): string {
  const key = facts.key === undefined ? '' : ` key ${showKey(facts.key)}`;
  const server = facts.server === undefined ? '' : ` on server ${facts.server}`;
  const detail = facts.detail === undefined ? '' : `: ${facts.detail.replace(/[.]$/, '')}`;
  return `${facts.action}${key}${server}${detail}. ${facts.hint ?? hint}`;
}
