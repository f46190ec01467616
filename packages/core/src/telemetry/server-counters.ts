/** What happened on the connections to one server since the client was created. */
export interface ServerCounters {
  /** Connections that became ready. */
  connects: number;
  /** Attempts to connect that failed. */
  connectFailures: number;
  /** Connections that ended after they were ready. */
  disconnects: number;
  /** Requests accepted for sending. */
  requests: number;
  /** Requests that were answered, error replies included. */
  replies: number;
  /** Requests that rejected, for whatever reason. */
  failures: number;
  /** Of the failures, those whose deadline passed. */
  timeouts: number;
  /** Bytes of the requests that were handed to the sockets; logins are not counted. */
  bytesWritten: number;
  /** Bytes of the replies to them. */
  bytesRead: number;
  /** Requests without an answer now, sent or not. */
  pending: number;
  /** Bytes of the keys and values of these requests. */
  queuedBytes: number;
  /** Keys that are deleted on this server as soon as it answers again, because an invalidation did not reach it. */
  pendingInvalidations: number;
}

export function serverCounters(): ServerCounters {
  return {
    connects: 0,
    connectFailures: 0,
    disconnects: 0,
    requests: 0,
    replies: 0,
    failures: 0,
    timeouts: 0,
    bytesWritten: 0,
    bytesRead: 0,
    pending: 0,
    queuedBytes: 0,
    pendingInvalidations: 0,
  };
}
