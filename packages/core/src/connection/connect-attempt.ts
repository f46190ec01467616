/**
 * One attempt to get a connection that can carry requests: credentials, login, protocol. May take several sockets, because
 * a protocol that was spoken cannot be changed; what happens on each of them is handshake.ts.
 *
 *   credentials -> socket -> login -> detect -> ready
 *        ^           ^         |
 *        |           '-- another login or protocol
 *        '-- refused, and the credentials are a function
 */
import type { Duplex } from 'node:stream';
import { createDriver } from '../drivers/create-driver.js';
import { isMemcachierHost } from '../discovery/memcachier-host.js';
import type { ProtocolDriver, ProtocolName } from '../drivers/protocol-driver.js';
import type { AuthOptions } from '../options/memcache-options.js';
import type { ConnectionFailure } from './connection-errors.js';
import type { ConnectPlan } from './connect-plan.js';
import { areSame, CREDENTIALS_HINT, credentialsFailure } from './credentials.js';
import { Handshake, type HandshakeListener } from './handshake.js';
import type { HandshakeVerdict } from './handshake-steps.js';
import type { SpokenWire } from './silence-probe.js';
import type { SocketSession } from './socket-session.js';
import { BINARY_ONLY, TEXT_ONLY, withSaslAdvice } from './strangers.js';
import type { WayIn } from './way-in.js';

/** What an attempt ends in when all goes well. */
export interface OpenedSession {
  readonly session: SocketSession;
  readonly stream: Duplex;
  readonly driver: ProtocolDriver;
  /** A reply has shown that the server speaks the driver's protocol. */
  readonly isVerified: boolean;
}

export interface AttemptListener {
  ready(opened: OpenedSession): void;
  failed(failure: ConnectionFailure): void;
}

/** Login, -Y after two trials of SASL, credentials once more: an attempt that needs more runs in a circle. */
const MOST_SOCKETS = 5;
const CREDENTIALS_FUNCTION = 'the function of option "auth"';

const ASCII_PLAN: ConnectPlan = { login: 'ascii', then: 'detect' };

export class ConnectAttempt implements HandshakeListener {
  readonly startedAt: number;
  readonly #way: WayIn;
  readonly #deadlineAt: number;
  readonly #listener: AttemptListener;
  #auth: AuthOptions | undefined;
  #isReadingCredentials = false;
  #handshake: Handshake | undefined;
  #isLoggedIn = false;
  #hasAskedAgain = false;
  /** How the trials of SASL ended on a server that may want another login. */
  #hangUp: ConnectionFailure | undefined;
  #sockets = 0;
  #isOver = false;

  /** @param deadlineAt of the request that wants the connection */
  constructor(way: WayIn, deadlineAt: number, listener: AttemptListener) {
    this.#way = way;
    this.#deadlineAt = deadlineAt;
    this.#listener = listener;
    this.startedAt = way.now();
  }

  /** What takes so long, for messages. */
  get phase(): string {
    return this.#isReadingCredentials ? CREDENTIALS_FUNCTION : (this.#handshake?.phase ?? 'connecting');
  }

  /** What to do about it; `undefined`: the usual. */
  get hint(): string | undefined {
    return this.#isReadingCredentials ? CREDENTIALS_HINT : this.#handshake?.hint;
  }

  async start(): Promise<void> {
    if (this.#isOver) return;
    this.#auth = await this.#readCredentials();
    this.#openFirst();
  }

  /** Ends it without a word to the listener. */
  abandon(): void {
    this.#isOver = true;
    this.#handshake?.end();
  }

  // --- credentials ---

  async #readCredentials(): Promise<AuthOptions | undefined> {
    const { credentials } = this.#way;
    if (credentials === undefined) return undefined;
    this.#isReadingCredentials = credentials.canChange;
    try {
      return await credentials.read();
    } catch (error) {
      this.#fail(credentialsFailure(error));
      return undefined;
    } finally {
      this.#isReadingCredentials = false;
    }
  }

  /** A refused login is tried once more when the credentials have changed meanwhile. */
  async #refused(failure: ConnectionFailure): Promise<void> {
    const last = this.#auth;
    if (last !== undefined && this.#way.memory.worked !== undefined) {
      // What worked last does not any more: the server has changed, so the way in is looked for anew.
      this.#way.memory.forget();
      this.#openFirst();
      return;
    }
    const canAsk = this.#way.credentials?.canChange === true && !this.#hasAskedAgain;
    if (last !== undefined && canAsk) {
      this.#hasAskedAgain = true;
      this.#handshake?.end();
      const auth = await this.#readCredentials();
      if (this.#isOver) return;
      if (auth !== undefined && !areSame(last, auth)) {
        this.#auth = auth;
        this.#openFirst();
        return;
      }
    }
    this.#fail({ ...failure, hint: this.#refusalHint() ?? failure.hint });
  }

  #refusalHint(): string | undefined {
    if (this.#isMemcachier()) return MEMCACHIER_HINT;
    const { username = '', password = '' } = this.#auth ?? {};
    return this.#handshake?.plan.login === 'ascii' && `${username}${password}`.includes(' ') ? SPACE_HINT : undefined;
  }

  #isMemcachier(): boolean {
    return this.#auth?.mechanism === 'memcachier' || isMemcachierHost(this.#way.address.host);
  }

  // --- sockets ---

  #openFirst(): void {
    if (this.#isOver) return;
    let plan: ConnectPlan;
    try {
      plan = this.#way.plan(this.#auth && (this.#auth.mechanism ?? 'auto'));
    } catch (error) {
      this.#fail({ ...credentialsFailure(error), name: 'INVALID_OPTION' });
      return;
    }
    this.#open(plan);
  }

  #open(plan: ConnectPlan): void {
    this.#handshake?.end();
    this.#sockets += 1;
    if (this.#sockets > MOST_SOCKETS) {
      this.#fail({ name: 'CONNECT_FAILED', detail: 'the server answered the login differently each time' });
      return;
    }
    this.#isLoggedIn = false;
    this.#handshake = new Handshake(this.#way, plan, this.#auth, this);
    this.#handshake.start(this.#deadlineAt);
  }

  // --- what a socket tells ---

  judge(verdict: HandshakeVerdict): void {
    switch (verdict.type) {
      case 'accepted':
        this.#isLoggedIn = true;
        this.#handshake?.nextStep();
        break;
      case 'speaks':
        this.#succeed(verdict.protocol, verdict.version);
        break;
      case 'noAuthentication':
        this.#goOnWithoutLogin(verdict.speaksBinary);
        break;
      case 'wantsAsciiLogin':
        if (this.#way.protocol === 'auto') this.#open(ASCII_PLAN);
        else this.#fail(TEXT_ONLY);
        break;
      case 'failed':
        if (verdict.failure.name === 'AUTH_FAILED') void this.#refused(verdict.failure);
        else this.#fail(verdict.failure);
        break;
    }
  }

  finished(protocol: ProtocolName): void {
    this.#succeed(protocol, undefined);
  }

  hungUp(failure: ConnectionFailure, spoken: SpokenWire): void {
    const handshake = this.#handshake;
    if (handshake?.plan.login === 'sasl' && this.#way.protocol === 'auto') {
      // memcached -Y hangs up on a line that is no command, without a word (measured on 1.6.45); but once, any server may.
      const plan = this.#hangUp === undefined ? handshake.plan : ASCII_PLAN;
      this.#hangUp = failure;
      this.#open(plan);
    } else handshake?.explain(spoken, failure);
  }

  /** A port for SASL that hung up on SASL was not able to answer; the login in text was our guess. */
  explained(reason: ConnectionFailure): void {
    this.#fail(reason === BINARY_ONLY && this.#hangUp !== undefined ? this.#hangUp : reason);
  }

  failed(failure: ConnectionFailure): void {
    this.#fail(failure);
  }

  #goOnWithoutLogin(speaksBinary: boolean): void {
    if (this.#way.requireAuth) {
      this.#fail(NO_AUTHENTICATION);
      return;
    }
    this.#way.emitOnce({ type: 'authSkipped' });
    if (this.#handshake?.plan.login !== 'sasl') {
      this.#handshake?.nextStep();
    } else if (this.#way.protocol === 'auto') {
      // Meta is faster than binary, and a socket that has spoken binary speaks nothing else.
      this.#open({ login: 'none', then: 'detect' });
    } else if (speaksBinary) {
      this.#succeed('binary', undefined);
    } else {
      this.#fail(TEXT_ONLY);
    }
  }

  #succeed(protocol: ProtocolName, version: string | undefined): void {
    const handshake = this.#handshake;
    if (this.#isOver || handshake?.stream === undefined) return;
    const { session, stream, plan, isVerified } = handshake;
    this.#isOver = true;
    handshake.stop();
    this.#way.memory.remember(plan);
    if (this.#way.isUnverified) this.#way.emitOnce({ type: 'tlsUnverified' });
    const driver = createDriver(protocol, this.#way.name, { isLoggedIn: this.#isLoggedIn, version });
    this.#listener.ready({ session, stream, driver, isVerified });
  }

  #fail(failure: ConnectionFailure): void {
    if (this.#isOver) return;
    this.abandon();
    this.#way.memory.forget();
    this.#listener.failed(this.#auth === undefined ? failure : withSaslAdvice(failure, this.#way.protocol));
  }
}

// Measured: 1.6.18 takes the first two words for username and password, 1.6.45 all behind the first one for the password.
const SPACE_HINT =
  'Check the credentials; a memcached -Y takes no username with a space, and the older ones, such as 1.6.18, no password with one.';

const MEMCACHIER_HINT =
  'Check the credentials; MemCachier refuses them too when the cache is disabled, which its dashboard shows.';

const NO_AUTHENTICATION: ConnectionFailure = {
  name: 'AUTH_FAILED',
  detail: 'the server has no authentication, and the option requireAuth asks for it',
  hint: 'Turn authentication on in the server, or connect without requireAuth.',
};
