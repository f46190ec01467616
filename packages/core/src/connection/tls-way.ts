/** TLS to one server: what is verified, and the session that makes the next handshake shorter. */
import type { OnReadOpts } from 'node:net';
import { isIP } from 'node:net';
import { checkServerIdentity, connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import type { TlsOptions } from '../options/memcache-options.js';
import type { ServerAddress } from '../options/server-address.js';
import type { SocketPlace } from './socket-place.js';

/** Shared by the connections to one server. Holds the client's key, so nothing of it is public. */
export class TlsWay {
  readonly #options: ConnectionOptions;
  #session: Buffer | undefined;

  /** @param servername name the certificate must have; `undefined`: the configured host */
  constructor(options: TlsOptions, server: ServerAddress, servername: string | undefined) {
    const { ca, cert, key, passphrase, rejectUnauthorized = true } = options;
    this.#options = {
      ...withoutUndefined({ ca: ca as string, cert, key, passphrase }),
      rejectUnauthorized,
      ...nameRules(options.servername ?? servername ?? (server.path === undefined ? server.host : 'localhost')),
    };
  }

  open(place: SocketPlace & { readonly onread?: OnReadOpts }): TLSSocket {
    const socket = connect({ ...this.#options, ...place, ...(this.#session && { session: this.#session }) });
    // Tickets come after the handshake, in TLS 1.3 several; the newest is the best.
    socket.on('session', (session: Buffer) => {
      this.#session = session;
    });
    return socket;
  }

  /** After a failed handshake: the next one is a whole one. */
  forgetSession(): void {
    this.#session = undefined;
  }
}

/** Server names of TLS are never addresses (RFC 6066, section 3), certificates may be for one. */
function nameRules(name: string): ConnectionOptions {
  if (isIP(name) === 0) return { servername: name };
  return { checkServerIdentity: (_host, certificate) => checkServerIdentity(name, certificate) };
}

function withoutUndefined(options: ConnectionOptions): ConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
