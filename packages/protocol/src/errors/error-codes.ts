/**
 * The one table of everything that can go wrong. The error class, the hints in messages and the reference page in
 * docs/reference/errors.md all derive from it, so a code, its advice and whether a retry helps are typed once.
 */
export interface ErrorCodeEntry {
  /** What the code means, as a heading. */
  readonly title: string;
  /** The same call may succeed later without any change by the caller. */
  readonly retryable: boolean;
  /** What to do, as a full sentence; ends the message. */
  readonly hint: string;
}

const table = {
  INVALID_KEY: {
    title: 'The key cannot be sent to memcached',
    retryable: false,
    hint: 'Use 1 to 250 bytes without spaces or control characters; hash longer keys.',
  },
  INVALID_TTL: {
    title: 'The time to live cannot be understood',
    retryable: false,
    hint: "Write a number with its unit, such as '90s', '10m' or '1d', or 'forever'.",
  },
  INVALID_OPTION: {
    title: 'An option is unknown or has a value that is not allowed',
    retryable: false,
    hint: 'Correct the option; the reference lists every option with its range.',
  },
  INVALID_DECORATOR: {
    title: 'A caching decorator cannot work where it stands',
    retryable: false,
    hint: 'Mark a parameter with @Key() or give the decorator a key function.',
  },
  NOT_CONFIGURED: {
    title: 'No server is configured',
    retryable: false,
    hint: "Set MEMCACHE_SERVERS=host:11211 or pass { servers: 'host:11211' }.",
  },
  ITEM_TOO_LARGE: {
    title: 'The item is larger than the server stores',
    retryable: false,
    hint: 'Store less, split the value over several keys, or raise memcached -I.',
  },
  NOT_SERIALIZABLE: {
    title: 'The value cannot be turned into bytes',
    retryable: false,
    hint: 'Store strings, bytes or plain JSON data.',
  },
  VALUE_CORRUPT: {
    title: 'The stored bytes are not what their flags say',
    retryable: false,
    hint: 'Delete the key, or find the other client that writes it with different flags.',
  },
  CLIENT_CLOSED: {
    title: 'The client was closed',
    retryable: false,
    hint: 'Create a new client, or close this one only after the last call.',
  },
  CONNECT_FAILED: {
    title: 'The server could not be reached',
    retryable: true,
    hint: 'Check that the server runs and that address and port are right; the client keeps trying to reconnect.',
  },
  CONNECTION_LOST: {
    title: 'The connection ended before the reply arrived',
    retryable: true,
    hint: 'The client reconnects by itself; a write may or may not have happened.',
  },
  TIMEOUT: {
    title: 'The deadline passed before the reply arrived',
    retryable: true,
    hint: 'Look at the load of the server and of this process, or raise the timeout.',
  },
  NO_SERVER_AVAILABLE: {
    title: 'Every server that could hold the key is down',
    retryable: true,
    hint: 'Check the servers; the client probes them and recovers by itself.',
  },
  QUEUE_FULL: {
    title: 'Too many requests are waiting on one connection',
    retryable: true,
    hint: 'Send less at once, look at why the server answers slowly, or raise the limit.',
  },
  AUTH_FAILED: {
    title: 'The server refused the username or password',
    retryable: false,
    hint: 'Check the credentials; on a hosted service, check that the cache is not disabled.',
  },
  TLS_FAILED: {
    title: 'No trusted TLS connection could be made',
    retryable: false,
    hint: 'Check the certificate, its name, and tls.ca, the authority this client trusts.',
  },
  WRONG_PROTOCOL: {
    title: 'The server does not speak the chosen protocol',
    retryable: false,
    hint: "Use protocol 'auto', or give credentials if the port expects SASL.",
  },
  NOT_PERMITTED: {
    title: 'The credential may not do this',
    retryable: false,
    hint: 'Use a credential with the capability this command needs.',
  },
  SERVER_ERROR: {
    title: 'The server reported a failure of its own',
    retryable: true,
    hint: 'Look at the server: memory, limits and its log.',
  },
  CLIENT_ERROR: {
    title: 'The server rejected the request as malformed',
    retryable: false,
    hint: 'Please report this with the command that caused it; the connection was renewed.',
  },
  UNKNOWN_COMMAND: {
    title: 'The server does not know the command',
    retryable: false,
    hint: 'Use memcached 1.6 or newer, or a hosted service that supports the command.',
  },
  NOT_A_NUMBER: {
    title: 'The stored value is not a number',
    retryable: false,
    hint: 'Only decimal numbers from 0 to 18446744073709551615 can be incremented; set one first.',
  },
  UNEXPECTED_REPLY: {
    title: 'The server answered something the protocol does not allow',
    retryable: true,
    hint: 'Check that the address is a memcached; the connection was renewed.',
  },
  LOAD_TIMEOUT: {
    title: 'The loader took longer than a caller waits',
    retryable: true,
    hint: 'Raise hardTimeout, keep stale values with staleFor, or make the loader quicker; it goes on, and its value is stored.',
  },
  LOCKED: {
    title: 'Another holder has the lock',
    retryable: true,
    hint: 'Try again later, or allow a longer wait.',
  },
  PARTIAL_FAILURE: {
    title: 'Some keys of a multi-key call could not be read or written',
    retryable: true,
    hint: 'Use what the error carries in values, and retry the keys it names.',
  },
} as const satisfies Record<string, ErrorCodeEntry>;

/** The short name of an error, the key of the table: `TIMEOUT`. */
export type ErrorName = keyof typeof table;

/** The stable value of `error.code`: `MEMCACHE_TIMEOUT`. */
export type MemcacheErrorCode = `MEMCACHE_${ErrorName}`;

export const errorCodes: Readonly<Record<ErrorName, ErrorCodeEntry>> = table;
