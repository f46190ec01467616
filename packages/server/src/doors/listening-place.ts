import { MemcacheError } from '@memkit/protocol';

/** Where a server shall listen: a TCP port, or a file as memcached's -s. */
export type ListeningPlace =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string; readonly mode: number };

export interface PlaceOptions {
  readonly port?: number | undefined;
  readonly host?: string | undefined;
  readonly unixSocket?: string | undefined;
  readonly unixSocketMode?: number | undefined;
}

/** memcached's default of -a: for its own user only. */
const DEFAULT_MODE = 0o700;
const MOST_MODE = 0o777;
/** What the address structure of a unix socket has room for on every system (sockaddr_un: 104 on macOS, 108 on Linux). */
const MOST_PATH_BYTES = 103;

/** @throws `MEMCACHE_INVALID_OPTION` */
export function resolvePlace({ port, host, unixSocket, unixSocketMode }: PlaceOptions): ListeningPlace {
  if (unixSocket === undefined) {
    if (unixSocketMode !== undefined)
      throw invalid('unixSocketMode is given and unixSocket is not', 'Give unixSocket.');
    if (host !== undefined && (typeof host !== 'string' || host === '')) {
      throw invalid('host is not a name or an address', "Give one such as '127.0.0.1'.");
    }
    return { kind: 'tcp', host: host ?? '127.0.0.1', port: port ?? 0 };
  }
  if (typeof unixSocket !== 'string' || unixSocket === '') {
    throw invalid('unixSocket is not a path', "Give one such as '/tmp/memcached.sock'.");
  }
  if (port !== undefined || host !== undefined) {
    throw invalid('unixSocket is given together with port or host', 'Give one or the other: memcached -s has no port.');
  }
  const bytes = Buffer.byteLength(unixSocket);
  if (bytes > MOST_PATH_BYTES) {
    throw invalid(
      `the path of unixSocket has ${String(bytes)} bytes, and a unix socket has room for ${String(MOST_PATH_BYTES)}`,
      'Choose a shorter one.',
    );
  }
  const mode = unixSocketMode ?? DEFAULT_MODE;
  if (!Number.isInteger(mode) || mode < 0 || mode > MOST_MODE) {
    throw invalid(`unixSocketMode is ${String(mode)}`, 'Give permission bits from 0 to 0o777, such as 0o770.');
  }
  return { kind: 'unix', path: unixSocket, mode };
}

function invalid(detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: 'Cannot create the server', detail, hint });
}
