/** What a passed deadline says: to the request, and about the connection. What becomes of that is decided there. */
import type { ConnectAttempt } from './connect-attempt.js';
import { showMs, type ConnectionFailure } from './connection-errors.js';
import type { LiveConnection } from './live-connection.js';
import type { PendingRequest } from './pending-requests.js';
import type { RequestLedger } from './request-ledger.js';
import type { SocketSession } from './socket-session.js';

/** An attempt to connect is given up when a deadline passes and it is at least this old: the system retries a lost SYN after 1 s. */
const LEAST_CONNECT_MS = 1000;
/** A reply this long after its deadline will not come; the stream behind it is stuck. */
const MOST_OVERDUE_MS = 1000;

export interface Overdue {
  /** How many requests were due. */
  readonly count: number;
  /** Whether one of them met a server that had sent nothing since. */
  readonly isSilent: boolean;
  /** The earliest deadline of the other requests. */
  readonly next: number | undefined;
}

/** Rejects the requests whose deadline has passed at `until`. */
export function rejectOverdue(
  ledger: RequestLedger,
  attempt: ConnectAttempt | undefined,
  live: LiveConnection | undefined,
  now: number,
  until = now,
): Overdue {
  const { pending } = ledger;
  const { due, next } = pending.atDeadline(until);
  let isSilent = false;
  for (const entry of due) {
    isSilent ||= live?.session.isSilentSince(entry.writtenAt, now) === true;
    ledger.reject(entry, timeoutFailure(entry, attempt, live, pending.length, now));
  }
  pending.dropSettledUnsent();
  return { count: due.length, isSilent, next };
}

/** Why the attempt is given up; `undefined` when it may go on. */
export function attemptOverdue({ startedAt, phase, hint }: ConnectAttempt, now: number): ConnectionFailure | undefined {
  const ageMs = now - startedAt;
  if (ageMs < LEAST_CONNECT_MS) return undefined;
  return { name: 'CONNECT_FAILED', detail: `${phase} took longer than ${showMs(ageMs)}`, hint };
}

/** Whether the reply to the oldest request will not come any more. */
export function isStuck(first: PendingRequest | undefined, now: number): boolean {
  return first?.isSettled === true && now - first.deadline.at >= MOST_OVERDUE_MS;
}

/** Why a session is given up on which nothing comes any more. */
export function silenceFailure({ lastReceivedAt }: SocketSession, now: number): ConnectionFailure {
  return { name: 'CONNECTION_LOST', detail: `the server has not answered for ${showMs(now - lastReceivedAt)}` };
}

/** Why the request was not answered in time. @param waiting requests in the queue */
function timeoutFailure(
  { writtenAt }: PendingRequest,
  attempt: ConnectAttempt | undefined,
  live: LiveConnection | undefined,
  waiting: number,
  now: number,
): ConnectionFailure {
  const name = 'TIMEOUT';
  if (attempt !== undefined) {
    return { name, detail: `${attempt.phase} took longer than ${showMs(now - attempt.startedAt)}`, hint: attempt.hint };
  }
  if (writtenAt < 0) return { name, detail: `the request waited behind ${waiting - 1} others` };
  const detail = `no reply within ${showMs(now - writtenAt)} after the request was sent`;
  return { name, detail, hint: live?.silenceHint };
}
