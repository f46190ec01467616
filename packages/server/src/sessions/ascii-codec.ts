/** A connection to a server that is a memcached -Y: first the login, then text and meta as ever. */
import { writeLine, type ByteWriter, type MemcachedVersion } from '@memkit/protocol/internal';
import { AsciiLoginReader } from '../accounts/ascii-login-reader.js';
import type { LoginAttempt } from '../accounts/ascii-login-rules.js';
import type { ConnectionLogin } from '../accounts/connection-login.js';
import { loginFacts, type RequestFacts } from '../faults/request-facts.js';
import type { ServerStats } from '../store/server-stats.js';
import type { Answered } from './answered.js';
import { countLogin } from './guarded-request.js';
import type { OnRequest, PendingRequest, RequestCodec } from './pending-request.js';

export interface LoginContext {
  readonly version: MemcachedVersion;
  readonly stats: ServerStats;
}

export class AsciiCodec implements RequestCodec {
  readonly #login: ConnectionLogin;
  readonly #reader: AsciiLoginReader;
  /** For what comes behind the login. */
  readonly #commands: RequestCodec;
  #isStopped = false;

  constructor(login: ConnectionLogin, commands: RequestCodec, { version, stats }: LoginContext, onRequest: OnRequest) {
    this.#login = login;
    this.#commands = commands;
    this.#reader = new AsciiLoginReader(version, (attempt) => {
      if (!onRequest(new PendingLogin(login, attempt, stats))) this.#isStopped = true;
    });
  }

  get isAmidData(): boolean {
    return this.#login.isOpen && this.#commands.isAmidData;
  }

  push(chunk: Buffer, start = 0): number {
    let at = start;
    this.#isStopped = false;
    while (at < chunk.length && this.#goesOn()) {
      if (this.#login.isOpen) return this.#commands.push(chunk, at);
      at = this.#reader.push(chunk, at);
    }
    return at;
  }

  #goesOn(): boolean {
    return !this.#isStopped;
  }
}

class PendingLogin implements PendingRequest {
  readonly #login: ConnectionLogin;
  readonly #attempt: LoginAttempt;
  readonly #stats: ServerStats;

  constructor(login: ConnectionLogin, attempt: LoginAttempt, stats: ServerStats) {
    this.#login = login;
    this.#attempt = attempt;
    this.#stats = stats;
  }

  facts(): RequestFacts {
    return loginFacts(this.#attempt.op === 'login' ? 'login' : 'other');
  }

  answer(writer: ByteWriter): Answered {
    const attempt = this.#attempt;
    if (attempt.op === 'garbage') return 'close';
    if (attempt.op === 'refused') {
      writeLine(writer, attempt.reply);
      return undefined;
    }
    const isRight = this.#login.logIn(attempt.username, attempt.password);
    countLogin(this.#stats, isRight);
    writeLine(writer, isRight ? 'STORED' : 'CLIENT_ERROR authentication failure');
    return undefined;
  }

  fail(writer: ByteWriter, message: string): void {
    writeLine(writer, `SERVER_ERROR ${message}`);
  }

  failInternally(writer: ByteWriter): void {
    this.fail(writer, 'internal error');
  }

  refuseForMemory(writer: ByteWriter): void {
    this.fail(writer, 'out of memory storing object');
  }
}
