import type { Duplex } from 'node:stream';
import { MemcacheError } from '@memkit/protocol';
import { binaryStatus, ByteWriter, writeBinarySaslPlain, type BinaryReply } from '@memkit/protocol/internal';
import { requestFacts } from '../drivers/request-facts.js';
import type { AuthOptions } from '../options/memcache-options.js';
import type { ConnectionFailure } from './connection-errors.js';

/** The request that logs a binary connection in. Credentials go to the wire and into no message. */
export class Login {
  readonly #auth: AuthOptions;
  readonly #server: string;

  constructor(auth: AuthOptions, server: string) {
    this.#auth = auth;
    this.#server = server;
  }

  sendTo(stream: Duplex): void {
    const writer = new ByteWriter();
    writeBinarySaslPlain(writer, this.#auth.username, this.#auth.password);
    for (const chunk of writer.take()) stream.write(chunk);
  }

  /** A memcached without -S knows no SASL commands: status 0x81. Local work with production's credentials must go on. */
  outcome(reply: unknown): 'accepted' | 'no authentication' | ConnectionFailure {
    // The reply comes from the binary driver's parser: no other protocol has a login.
    const { status } = reply as BinaryReply;
    if (status === binaryStatus.success) return 'accepted';
    if (status === binaryStatus.unknownCommand) return 'no authentication';
    const isRefused = status === binaryStatus.authFailed || status === binaryStatus.authContinue;
    const name = isRefused ? 'AUTH_FAILED' : 'UNEXPECTED_REPLY';
    const answer = `the server answered status 0x${status.toString(16).padStart(4, '0')}`;
    return {
      name,
      detail: isRefused ? 'the server refused the login' : 'the server did not understand the login',
      cause: new MemcacheError(name, { ...requestFacts('authenticate', '', this.#server), detail: answer }),
    };
  }
}
