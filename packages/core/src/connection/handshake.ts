/**
 * One socket of an attempt to connect: opens it, takes the steps of its plan (handshake-steps.ts) one after the other and
 * tells what came of them. What that means for the attempt is connect-attempt.ts.
 */
import type { Duplex } from 'node:stream';
import type { ProtocolName } from '../drivers/protocol-driver.js';
import type { AuthOptions } from '../options/memcache-options.js';
import { neverAnsweredHint, parserFailure, type ConnectionFailure } from './connection-errors.js';
import type { ConnectPlan } from './connect-plan.js';
import { handshakeSteps, type HandshakeStep, type HandshakeVerdict } from './handshake-steps.js';
import type { SpokenWire } from './silence-probe.js';
import { SilenceWatch } from './silence-watch.js';
import { describeSocketError, socketHint } from './socket-errors.js';
import { SocketSession, type SessionOwner } from './socket-session.js';
import { tlsFailure } from './tls-errors.js';
import type { WayIn } from './way-in.js';

export interface HandshakeListener {
  /** The server's answer to a step. */
  judge(verdict: HandshakeVerdict): void;
  /** There is no step left, and the plan knows the protocol. */
  finished(protocol: ProtocolName): void;
  /** The server accepted the connection and ended it without a byte. */
  hungUp(failure: ConnectionFailure, spoken: SpokenWire): void;
  /** Why the server is silent. */
  explained(failure: ConnectionFailure): void;
  failed(failure: ConnectionFailure): void;
}

const NOTHING = Buffer.alloc(0);

export class Handshake implements SessionOwner {
  readonly plan: ConnectPlan;
  readonly session: SocketSession;
  readonly #way: WayIn;
  readonly #auth: AuthOptions | undefined;
  readonly #listener: HandshakeListener;
  readonly #watch: SilenceWatch;
  readonly #steps: HandshakeStep[] = [];
  #stream: Duplex | undefined;
  #phase = 'connecting';
  #received = NOTHING;
  #isVerified = false;

  constructor(way: WayIn, plan: ConnectPlan, auth: AuthOptions | undefined, listener: HandshakeListener) {
    this.plan = plan;
    this.#way = way;
    this.#auth = auth;
    this.#listener = listener;
    if (plan.login !== 'none') this.#steps.push(handshakeSteps[plan.login]);
    if (plan.then === 'detect') this.#steps.push(handshakeSteps.detect);
    this.#watch = new SilenceWatch(way, (failure) => {
      listener.explained(failure);
    });
    this.session = new SocketSession(way.open, way.now, this);
  }

  /** @param deadlineAt of the request that wants the connection */
  start(deadlineAt: number): void {
    this.#watch.arm(deadlineAt, () => this.#silentWire());
    void this.session.start();
  }

  /** Asks why the server hung up, and tells it as `explained`. @param failure what is told when that cannot be found out */
  explain(spoken: SpokenWire, failure: ConnectionFailure): void {
    void this.#watch.explain(spoken).then((reason) => {
      this.#listener.explained(reason ?? failure);
    });
  }

  /** The server answered a step: goes on to the next one. */
  nextStep(): void {
    this.#steps.shift();
    this.#takeStep();
  }

  /** Leaves the socket to somebody else. */
  stop(): void {
    this.#watch.stop();
  }

  /** The end of the socket, without a word to the listener. */
  end(): void {
    this.#watch.stop();
    this.session.end();
  }

  /** Carries bytes; `undefined` before it can. */
  get stream(): Duplex | undefined {
    return this.#stream;
  }

  /** The server has answered in a protocol it was spoken to. */
  get isVerified(): boolean {
    return this.#isVerified;
  }

  /** What takes so long, for messages. */
  get phase(): string {
    return this.#isShakingHands ? 'the TLS handshake' : this.#phase;
  }

  /** What to do about it; `undefined`: the usual. */
  get hint(): string | undefined {
    if (!this.session.isConnected) return this.#way.unreachableHint;
    const spoken = this.#silentWire();
    return spoken === 'text' || spoken === 'binary' ? neverAnsweredHint[spoken] : undefined;
  }

  // --- the owner of the session ---

  opened(stream: Duplex): void {
    this.#stream = stream;
    this.#takeStep();
  }

  /** Answers to a handshake are short. */
  readonly room = undefined;

  received(chunk: Buffer): void {
    const [step] = this.#steps;
    if (step === undefined) return;
    this.#watch.stop();
    this.#received = Buffer.concat([this.#received, chunk]);
    let verdict: HandshakeVerdict | undefined;
    try {
      verdict = step.read(this.#received);
    } catch (error) {
      this.#listener.failed(parserFailure(error));
      return;
    }
    if (verdict === undefined) return;
    this.#received = NOTHING;
    this.#isVerified = true;
    this.#listener.judge(verdict);
  }

  ended(error: unknown): void {
    const tls = tlsFailure(error);
    const spoken = tls === undefined ? this.#silentWire() : undefined;
    const failure = tls ?? this.#socketFailure(error);
    if (spoken === undefined) this.#listener.failed(failure);
    else this.#listener.hungUp(failure, spoken);
  }

  #takeStep(): void {
    const [step] = this.#steps;
    if (step === undefined) {
      if (this.plan.then !== 'detect') this.#listener.finished(this.plan.then);
      return;
    }
    this.#phase = step.phase;
    this.#stream?.write(step.request(this.#auth));
  }

  /** What was spoken to a server that accepted the connection and sent not a byte; `undefined` when that is not so. */
  #silentWire(): SpokenWire | undefined {
    if (!this.session.isConnected || this.session.hasReceived) return undefined;
    if (this.#stream === undefined) return this.#way.isTls ? 'tls' : undefined;
    const wire = this.#steps[0]?.wire ?? 'text';
    return wire === 'text' && this.#auth !== undefined ? 'login' : wire;
  }

  /** The server has accepted the connection, and the stream cannot carry bytes yet. */
  get #isShakingHands(): boolean {
    return this.session.isConnected && this.#stream === undefined;
  }

  #socketFailure(error: unknown): ConnectionFailure {
    const during = this.#isShakingHands ? ' during the TLS handshake' : this.#during();
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
}

const PROXY_HINT =
  "Check that the server runs; for a proxy that hangs up on commands it does not know, set protocol 'text'.";
