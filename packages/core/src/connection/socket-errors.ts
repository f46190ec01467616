/** What the system says about a socket, and what to do about it. Codes of TLS are in tls-errors.ts. */

/** `connect ECONNREFUSED`, or the message where there is no code. */
export function describeSocketError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return 'the connection failed';
  // Several addresses of one name fail as an AggregateError with an empty message and the first one's code.
  const code = codeOf(error);
  if (code !== undefined) {
    return 'syscall' in error && typeof error.syscall === 'string' ? `${error.syscall} ${code}` : code;
  }
  return 'message' in error && typeof error.message === 'string' && error.message !== ''
    ? error.message
    : 'the connection failed';
}

const NAME_HINT = 'The name has no address: check it and the DNS; the client keeps trying to reconnect.';

/** Codes that mean the same wherever the server is. */
const hints: ReadonlyMap<string, string> = new Map([
  ['EMFILE', 'This process has as many files and sockets open as it may: raise its limit (ulimit -n), or close some.'],
  ['ENFILE', 'This machine has as many files and sockets open as it may: close some, or raise fs.file-max.'],
  ['EADDRNOTAVAIL', 'No local port is free for the connection: let fewer connections come and go.'],
  // memcached's "Too many open connections" lies behind it, unread, where the socket is one of Unix (measured).
  ['EPIPE', 'The server hung up before it was asked: it may have all the connections it allows (memcached -c).'],
  ['ENOTFOUND', NAME_HINT],
  ['EAI_AGAIN', NAME_HINT],
]);

/** What the same codes mean of a path. */
const pathHints: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'There is no socket at this path: start memcached with -s and the path, or correct it.'],
  ['ENOTDIR', 'A part of the path is no folder: correct it.'],
  [
    'EACCES',
    'This process may not use the socket: start memcached with -a 0770 and let its group be one of this process.',
  ],
  ['ECONNREFUSED', 'Nobody listens at this path: it is a file of another kind, or its memcached has ended.'],
  [
    'EAGAIN',
    'As many connections wait at the socket as may: raise memcached -c or -b, or let fewer processes connect.',
  ],
]);

/** `undefined`: the usual advice fits. @param path of a Unix socket */
export function socketHint(error: unknown, path: string | undefined): string | undefined {
  const code = typeof error === 'object' && error !== null ? codeOf(error) : undefined;
  if (code === undefined) return undefined;
  return (path === undefined ? undefined : pathHints.get(code)) ?? hints.get(code);
}

function codeOf(error: object): string | undefined {
  return 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
