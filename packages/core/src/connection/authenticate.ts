import type { Duplex } from 'node:stream';
import { MemcacheError } from '@memkit/protocol';
import { binaryStatus, ByteWriter, writeBinarySaslPlain, type BinaryReply } from '@memkit/protocol/internal';
import type { WireRequest } from '../drivers/protocol-driver.js';
import { requestFacts } from '../drivers/request-facts.js';
import type { AuthOptions } from '../options/memcache-options.js';

export type LoginOutcome = 'accepted' | 'no authentication';

/** The request that logs a binary connection in. Credentials go to the wire and into no message. */
export class Login implements WireRequest<LoginOutcome> {
  readonly command = 'authenticate';
  readonly key = '';
  readonly #auth: AuthOptions;
  readonly #server: string;

  constructor(auth: AuthOptions, server: string) {
    this.#auth = auth;
    this.#server = server;
  }

  encode(writer: ByteWriter): void {
    writeBinarySaslPlain(writer, this.#auth.username, this.#auth.password);
  }

  /** A memcached without -S knows no SASL commands: status 0x81. Local work with production's credentials must go on. */
  decode(reply: unknown): LoginOutcome {
    const { status } = reply as BinaryReply;
    if (status === binaryStatus.success) return 'accepted';
    if (status === binaryStatus.unknownCommand) return 'no authentication';
    const detail = `the server answered status 0x${status.toString(16).padStart(4, '0')}`;
    const facts = { ...requestFacts(this.command, this.key, this.#server), detail };
    throw new MemcacheError(
      status === binaryStatus.authFailed || status === binaryStatus.authContinue ? 'AUTH_FAILED' : 'UNEXPECTED_REPLY',
      facts,
    );
  }
}

export function writeLogin(login: Login, stream: Duplex): void {
  const writer = new ByteWriter();
  login.encode(writer);
  for (const chunk of writer.take()) stream.write(chunk);
}
