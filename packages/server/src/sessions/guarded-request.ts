/** A request to a server with accounts: it is carried out when somebody is logged in who may do that. */
import { writeLine, type BinaryRequest, type ByteWriter, type TextRequest } from '@memkit/protocol/internal';
import type { ConnectionLogin } from '../accounts/connection-login.js';
import { refuseBinary, refuseText } from '../accounts/not-permitted.js';
import { capabilityForBinary, capabilityForText } from '../accounts/required-capability.js';
import { loginFacts, type RequestFacts } from '../faults/request-facts.js';
import type { ServerStats } from '../store/server-stats.js';
import type { Answered } from './answered.js';
import type { PendingRequest } from './pending-request.js';

abstract class Guarded implements PendingRequest {
  protected readonly login: ConnectionLogin;
  protected readonly pending: PendingRequest;

  constructor(login: ConnectionLogin, pending: PendingRequest) {
    this.login = login;
    this.pending = pending;
  }

  facts(): RequestFacts {
    return this.pending.facts();
  }

  abstract answer(writer: ByteWriter): Answered;

  fail(writer: ByteWriter, message: string): void {
    this.pending.fail(writer, message);
  }

  failInternally(writer: ByteWriter): void {
    this.pending.failInternally(writer);
  }

  /** Whoever may not store at all is told that, and an old value stays. */
  refuseForMemory(writer: ByteWriter): void {
    if (this.mayPass()) this.pending.refuseForMemory(writer);
    else this.answer(writer);
  }

  protected abstract mayPass(): boolean;
}

export class GuardedText extends Guarded {
  readonly #request: TextRequest;
  readonly #stats: ServerStats;
  /** Decided when the request arrives, as its place in the stream is. */
  readonly #isLogin: boolean;

  constructor(login: ConnectionLogin, pending: PendingRequest, request: TextRequest, stats: ServerStats) {
    super(login, pending);
    this.#request = request;
    this.#stats = stats;
    this.#isLogin = !login.isOpen && request.op === 'store' && request.mode === 'set';
  }

  override facts(): RequestFacts {
    return this.#isLogin ? loginFacts('login') : super.facts();
  }

  answer(writer: ByteWriter): Answered {
    if (!this.login.isOpen) return this.#answerStranger(writer);
    if (this.mayPass()) return this.pending.answer(writer);
    refuseText(this.login.kind, this.#request, writer);
    return undefined;
  }

  protected mayPass(): boolean {
    const capability = capabilityForText(this.#request);
    return this.login.isOpen && (capability === undefined || this.login.may(capability));
  }

  /** MemCachier's login: the key of the first set is the username, its data the password (its documentation, "protocols"). */
  #answerStranger(writer: ByteWriter): Answered {
    const request = this.#request;
    if (request.op === 'quit') return 'close';
    const isQuiet = 'quiet' in request && request.quiet;
    let reply = 'CLIENT_ERROR unauthenticated';
    if (request.op === 'store' && request.mode === 'set') {
      const username = Buffer.from(request.key, 'latin1').toString('utf8');
      const isRight = this.login.logIn(username, request.data.toString('utf8'));
      countLogin(this.#stats, isRight);
      reply = isRight ? 'STORED' : 'CLIENT_ERROR authentication failure';
    }
    if (!isQuiet) writeLine(writer, reply);
    return undefined;
  }
}

export class GuardedBinary extends Guarded {
  readonly #request: BinaryRequest;

  constructor(login: ConnectionLogin, pending: PendingRequest, request: BinaryRequest) {
    super(login, pending);
    this.#request = request;
  }

  /** Whoever is not logged in is the business of the request itself: SASL has commands of its own. */
  answer(writer: ByteWriter): Answered {
    if (!this.login.isOpen || this.mayPass()) return this.pending.answer(writer);
    refuseBinary(this.login.kind, this.#request, writer);
    return undefined;
  }

  protected mayPass(): boolean {
    const capability = capabilityForBinary(this.#request);
    return this.login.isOpen && (capability === undefined || this.login.may(capability));
  }
}

export function countLogin(stats: ServerStats, isRight: boolean): void {
  stats.count('auth_cmds');
  if (!isRight) stats.count('auth_errors');
}
