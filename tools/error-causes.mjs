// When each error comes, for docs/reference/errors.md: the part that no running program needs. By the names of the error
// table; a name that is missing here, or that the table does not have, fails the guard in internal/cross-tests.

/** @type {Record<string, readonly string[]>} */
export const errorCauses = {
  INVALID_KEY: [
    'The key is empty, longer than 250 bytes of UTF-8 with its prefix, or no string.',
    'It holds a space, a line end, another control character or half of a surrogate pair.',
  ],
  INVALID_TTL: [
    'The time to live is a bare number: nobody can tell seconds from milliseconds.',
    'It is zero, negative, or a text without a unit that is known.',
  ],
  INVALID_OPTION: [
    'An option has a name that is not known, a value outside its range, or goes against another one, such as `serializer` beside `profile`, or a SASL login beside `protocol: "meta"`.',
    'A variable or a URL cannot be read: half of the credentials, a reserved character that is not percent-encoded, an unknown option behind the question mark.',
  ],
  INVALID_DECORATOR: ['A decorator of `@memkit/cache` stands where it cannot know its key or its class.'],
  NOT_CONFIGURED: ['`NODE_ENV` is `production` and neither an option nor a variable names a server.'],
  ITEM_TOO_LARGE: [
    'With `onTooLarge: "error"`: the item, after compression, exceeds the limit of its server. Nothing was sent, and the key keeps what it held.',
    "The server's limit was not known yet and it refused the item; memcached deletes what the key held then.",
    '`append` or `prepend` would make the item too large: such items are never split.',
    'With `onTooLarge: "chunk"`: the value exceeds 128 MiB, or carries flags of your own.',
  ],
  NOT_SERIALIZABLE: [
    'JSON has no words for the value: `undefined`, a function, `NaN`, `bigint`, a `Map`, a cycle.',
    'The profile has no form for it, the serializer failed, or `append` was given something else than a string or bytes.',
  ],
  VALUE_CORRUPT: [
    'Another client wrote the item with flags that mean something else: choose its `profile`.',
    'Its bytes are damaged, unpack to more than 128 MiB, or need a serializer that this client does not have.',
    'Something was appended to JSON or to a value that is split over several items.',
  ],
  CLIENT_CLOSED: ['The call came after `close()`, or was not answered within its `drain`.'],
  CONNECT_FAILED: [
    'Nobody listens at the address, the name cannot be found, or a firewall drops the packets until the attempt is given up.',
    'The server hung up while the client connected or logged in, or has as many connections as memcached -c allows.',
    'The last attempt failed and the next one is not due: the call fails at once, with the reason of that attempt.',
  ],
  CONNECTION_LOST: [
    'The server ended or was restarted, or a proxy or firewall cut the connection, while the call was under way.',
    'The server was silent until its connection was given up.',
  ],
  TIMEOUT: [
    'The server hangs, the network loses packets, or the process was busy for longer than the timeout.',
    'Connecting, TLS or the login took too long; the message says which, or how many requests were waiting in front.',
    'A function in `auth`, or the look-up of servers, did not answer in time.',
  ],
  NO_SERVER_AVAILABLE: [
    'All servers are down; with `failover: "none"`, the one that owns the key. The cause is the last failure.',
  ],
  QUEUE_FULL: [
    '`maxQueuedRequests` requests wait for a reply on one connection, or `maxQueuedBytes` bytes of keys and values do; the message says which, and both numbers.',
    'More is sent than the server or the network takes, or the server hangs. The call was not sent: it is safe to repeat later.',
  ],
  AUTH_FAILED: [
    'Username or password is wrong, for SASL or for memcached -Y; at MemCachier the cache may be disabled.',
    'The server wants a login and there are no credentials.',
    'The function in `auth` failed or gave something else than credentials. It is asked once more after each refusal.',
    'With `requireAuth`: the server has no authentication.',
  ],
  TLS_FAILED: [
    "The authority of the server's certificate is not known (give `tls.ca`), the certificate is for another name (`tls.servername`), or it has expired.",
    'The server wants a certificate of this client, or does not accept the one it has (`tls.cert`, `tls.key`).',
    'The port speaks no TLS, or no version that both know.',
    'The files in `tls` cannot be read: no PEM, a key of another certificate, a wrong passphrase.',
  ],
  WRONG_PROTOCOL: [
    'The port speaks binary with SASL only and there are no credentials, or `protocol` is `meta` or `text`. Such a server is silent; the client finds out by asking in other protocols, within the deadline.',
    'The port speaks text only and `protocol` is `binary`.',
    'The port speaks TLS and the client was not told to (`memcaches://` or `tls`).',
    'Another program answers: HTTP, Redis, SSH, a database. The message names it.',
  ],
  NOT_PERMITTED: [
    'The login was accepted, but this credential may not use the command, such as one that may only read, or `flush` on a hosted service.',
  ],
  SERVER_ERROR: [
    'The server has no memory for the item and may not evict others (memcached -M), or is busy.',
    'A proxy in front of memcached cannot reach it.',
  ],
  CLIENT_ERROR: [
    'The server could not read the request: a proxy or a server of another make knows less than memcached.',
  ],
  UNKNOWN_COMMAND: [
    'The server is older than the command; the message names its version where it is known.',
    'A hosted service or a proxy does not offer the command, such as `flush` or `stats`.',
  ],
  NOT_A_NUMBER: ['`increment` or `decrement` found something else than digits: text, JSON, or a compressed value.'],
  UNEXPECTED_REPLY: [
    'What answers is no memcached, or a proxy changed the bytes. The connection is ended, so that no reply reaches the wrong call.',
    'A reply came that nobody asked for.',
  ],
  PARTIAL_FAILURE: [
    'Some servers of a call for many keys failed. `failures` has the reason for each of their keys, `values` what the others answered.',
  ],
};
