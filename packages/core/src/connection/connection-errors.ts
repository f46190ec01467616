/** The errors a connection itself causes, as opposed to those a server reports (drivers/). */
import { isMemcacheError, MemcacheError, showNumber, type ErrorName, type MemcacheErrorFacts } from '@memkit/protocol';
import type { Sendable } from '../drivers/protocol-driver.js';
import { requestFacts } from '../drivers/request-facts.js';
import { TOO_MANY_CONNECTIONS } from '../drivers/too-many-connections.js';

/** Why a connection ended or could not be made; becomes one error for each request it concerns. */
export interface ConnectionFailure {
  readonly name: ErrorName;
  readonly detail: string;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The error of a request, or of the connection itself when there is none. */
export function failureError(
  failure: ConnectionFailure,
  server: string,
  command: Pick<Sendable<unknown>, 'name' | 'key'> | undefined,
): MemcacheError {
  const { name, detail, hint, cause } = failure;
  const facts: MemcacheErrorFacts =
    command === undefined
      ? { action: 'Cannot keep a connection', server }
      : requestFacts(command.name, command.key, server);
  return new MemcacheError(name, { ...facts, detail, hint, cause });
}

export function showMs(ms: number): string {
  return `${showNumber(Math.round(ms))} ms`;
}

/**
 * A server that wants a SASL login answers nothing to the text and meta protocols, or hangs up (measured on 1.6.18 and in
 * the reports of other clients); only the absence of any byte tells. One whose connections are used up may accept one
 * more and leave it.
 */
export const neverAnsweredHint: Readonly<Record<'text' | 'binary', string>> = {
  text: 'The server accepted the connection and never answered: it may hang, or have all the connections it allows (memcached -c), or expect a SASL login; then give username and password.',
  binary:
    'The server accepted the connection and never answered: it may hang, or have all the connections it allows (memcached -c).',
};

/** A parser's error as the reason of this connection's end: its advice is left out, since the request's error has its own. */
export function parserFailure(error: unknown): ConnectionFailure {
  const detail = isMemcacheError(error)
    ? lowerFirst(error.message.replace(` ${error.hint}`, ''))
    : 'the reply could not be read';
  return { name: 'UNEXPECTED_REPLY', detail, cause: error };
}

/** The reason when a server that accepted the socket said that it takes no more connections; nothing sent was looked at. */
export function refusedConnection(error: unknown): ConnectionFailure | undefined {
  if (!isMemcacheError(error) || error.code !== 'MEMCACHE_CONNECT_FAILED') return undefined;
  return { name: 'CONNECT_FAILED', detail: TOO_MANY_CONNECTIONS.detail, hint: error.hint, cause: error };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
