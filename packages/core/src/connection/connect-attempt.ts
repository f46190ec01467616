/**
 * One attempt to get a connection that can carry requests: credentials, socket, TLS, login, protocol. May take several
 * sockets, because a protocol that was spoken cannot be changed; the steps themselves are in handshake-steps.ts.
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
import { neverAnsweredHint, parserFailure, type ConnectionFailure } from './connection-errors.js';
import type { ConnectPlan } from './connect-plan.js';
import { areSame, CREDENTIALS_HINT, credentialsFailure } from './credentials.js';
import { handshakeSteps, type HandshakeStep, type HandshakeVerdict } from './handshake-steps.js';
import type { SpokenWire } from './silence-probe.js';
import { SilenceWatch } from './silence-watch.js';
import { describeSocketError, socketHint } from './socket-errors.js';
import { SocketSession, type SessionOwner } from './socket-session.js';
import { BINARY_ONLY, TEXT_ONLY, withSaslAdvice } from './strangers.js';
import { tlsFailure } from './tls-errors.js';
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
const NOTHING = Buffer.alloc(0);
const CREDENTIALS_FUNCTION = 'the function of option "auth"';

const ASCII_PLAN: ConnectPlan = { login: 'ascii', then: 'detect' };

export class ConnectAttempt implements SessionOwner {
  readonly startedAt: number;
  readonly #way: WayIn;
  readonly #deadlineAt: number;
  readonly #listener: AttemptListener;
  #phase = 'connecting';
  #auth: AuthOptions | undefined;
  #plan: ConnectPlan = { login: 'none', then: 'detect' };
  #session: SocketSession | undefined;
  #stream: Duplex | undefined;
  #watch: SilenceWatch | undefined;
  #steps: HandshakeStep[] = [];
  #received = NOTHING;
  #isLoggedIn = false;
  #isVerified = false;
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
    return this.#isShakingHands() ? 'the TLS handshake' : this.#phase;
  }

  /** What to do about it; `undefined`: the usual. */
  get hint(): string | undefined {
    if (this.#phase === CREDENTIALS_FUNCTION) return CREDENTIALS_HINT;
    if (this.#session?.isConnected !== true) return UNREACHABLE_HINT;
    const spoken = this.#silentWire();
    return spoken === 'text' || spoken === 'binary' ? neverAnsweredHint[spoken] : undefined;
  }

  async start(): Promise<void> {
    if (this.#isOver) return;
    this.#auth = await this.#readCredentials();
    this.#openFirst();
  }

  /** Ends it without a word to the listener. */
  abandon(): void {
    this.#isOver = true;
    this.#watch?.stop();
    this.#session?.end();
  }

  // --- the owner of the session ---

  opened(stream: Duplex): void {
    this.#stream = stream;
    this.#nextStep();
  }

  /** Answers to a handshake are short. */
  readonly room = undefined;

  received(chunk: Buffer): void {
    const [step] = this.#steps;
    if (step === undefined) return;
    this.#watch?.stop();
    this.#received = Buffer.concat([this.#received, chunk]);
    let verdict: HandshakeVerdict | undefined;
    try {
      verdict = step.read(this.#received);
    } catch (error) {
      this.#fail(parserFailure(error));
      return;
    }
    if (verdict === undefined) return;
    this.#received = NOTHING;
    this.#isVerified = true;
    this.#judge(verdict);
  }

  ended(error: unknown): void {
    const failure = tlsFailure(error) ?? this.#socketFailure(error);
    const spoken = this.#silentWire();
    if (failure.name === 'TLS_FAILED' || spoken === undefined || this.#watch === undefined) {
      this.#fail(failure);
    } else if (this.#plan.login === 'sasl' && this.#way.protocol === 'auto') {
      // memcached -Y hangs up on a line that is no command, without a word (measured on 1.6.45); but once, any server may.
      const plan = this.#hangUp === undefined ? this.#plan : ASCII_PLAN;
      this.#hangUp = failure;
      this.#open(plan);
    } else {
      void this.#watch.explain(spoken).then((reason) => {
        this.#explained(reason ?? failure);
      });
    }
  }

  // --- credentials ---

  async #readCredentials(): Promise<AuthOptions | undefined> {
    const { credentials } = this.#way;
    if (credentials === undefined) return undefined;
    if (credentials.canChange) this.#phase = CREDENTIALS_FUNCTION;
    try {
      return await credentials.read();
    } catch (error) {
      this.#fail(credentialsFailure(error));
      return undefined;
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
      this.#session?.end();
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
    return this.#plan.login === 'ascii' && `${username}${password}`.includes(' ') ? SPACE_HINT : undefined;
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
    this.#session?.end();
    this.#watch?.stop();
    this.#sockets += 1;
    if (this.#sockets > MOST_SOCKETS) {
      this.#fail({ name: 'CONNECT_FAILED', detail: 'the server answered the login differently each time' });
      return;
    }
    this.#plan = plan;
    this.#steps = [];
    if (plan.login !== 'none') this.#steps.push(handshakeSteps[plan.login]);
    if (plan.then === 'detect') this.#steps.push(handshakeSteps.detect);
    this.#received = NOTHING;
    this.#stream = undefined;
    this.#isLoggedIn = false;
    this.#phase = 'connecting';
    this.#watch = new SilenceWatch(this.#way, (failure) => {
      this.#explained(failure);
    });
    this.#watch.arm(this.#deadlineAt, () => this.#silentWire());
    this.#session = new SocketSession(this.#way.open, this.#way.now, this);
    void this.#session.start();
  }

  /** A port for SASL that hung up on SASL was not able to answer; the login in text was our guess. */
  #explained(reason: ConnectionFailure): void {
    this.#fail(reason === BINARY_ONLY && this.#hangUp !== undefined ? this.#hangUp : reason);
  }

  /** What was spoken to a server that accepted the connection and sent not a byte; `undefined` when that is not so. */
  #silentWire(): SpokenWire | undefined {
    const session = this.#session;
    if (session?.isConnected !== true || session.hasReceived) return undefined;
    if (this.#stream === undefined) return this.#way.isTls ? 'tls' : undefined;
    const wire = this.#steps[0]?.wire ?? 'text';
    return wire === 'text' && this.#auth !== undefined ? 'login' : wire;
  }

  /** The server has accepted the connection, and the stream cannot carry bytes yet. */
  #isShakingHands(): boolean {
    return this.#session?.isConnected === true && this.#stream === undefined;
  }

  #socketFailure(error: unknown): ConnectionFailure {
    const during = this.#isShakingHands() ? ' during the TLS handshake' : this.#during();
    const detail =
      error === undefined ? `the server closed the connection${during}` : `${describeSocketError(error)}${during}`;
    // twemproxy hangs up on commands it does not know.
    const isDetecting = error === undefined && this.#stream !== undefined && this.#steps[0] === handshakeSteps.detect;
    const hint = isDetecting ? PROXY_HINT : socketHint(error, this.#way.address.path);
    return { name: 'CONNECT_FAILED', detail, hint, cause: error };
  }

  #during(): string {
    return this.#stream === undefined ? '' : ` during ${this.#phase}`;
  }

  // --- the steps ---

  #nextStep(): void {
    const [step] = this.#steps;
    if (step === undefined) {
      if (this.#plan.then !== 'detect') this.#succeed(this.#plan.then, undefined);
      return;
    }
    this.#phase = step.phase;
    this.#stream?.write(step.request(this.#auth));
  }

  #judge(verdict: HandshakeVerdict): void {
    switch (verdict.type) {
      case 'accepted':
        this.#isLoggedIn = true;
        this.#steps.shift();
        this.#nextStep();
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

  #goOnWithoutLogin(speaksBinary: boolean): void {
    if (this.#way.requireAuth) {
      this.#fail(NO_AUTHENTICATION);
      return;
    }
    this.#way.emitOnce({ type: 'authSkipped' });
    if (this.#plan.login !== 'sasl') {
      this.#steps.shift();
      this.#nextStep();
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
    const [session, stream] = [this.#session, this.#stream];
    if (this.#isOver || session === undefined || stream === undefined) return;
    this.#isOver = true;
    this.#watch?.stop();
    this.#way.memory.remember(this.#plan);
    if (this.#way.isUnverified) this.#way.emitOnce({ type: 'tlsUnverified' });
    const driver = createDriver(protocol, this.#way.name, { isLoggedIn: this.#isLoggedIn, version });
    this.#listener.ready({ session, stream, driver, isVerified: this.#isVerified });
  }

  #fail(failure: ConnectionFailure): void {
    if (this.#isOver) return;
    this.abandon();
    this.#way.memory.forget();
    this.#listener.failed(this.#auth === undefined ? failure : withSaslAdvice(failure, this.#way.protocol));
  }
}

const UNREACHABLE_HINT =
  'Nothing answers at this host and port: check both, a firewall in between, and whether the server takes more connections (memcached -c).';

const PROXY_HINT =
  "Check that the server runs; for a proxy that hangs up on commands it does not know, set protocol 'text'.";

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
