/**
 * Why a server that accepted a connection says nothing, or hangs up without a byte: usually it waits for another protocol.
 * A memcached -S is silent to text, one behind TLS resets, and -Y is silent to binary (all measured on 1.6.18). Short
 * connections of their own ask in the other protocols; only an answer proves anything.
 *
 *   spoke    asks               an answer means
 *   text     binary, text, TLS  a port for SASL (1); a port that wants a login; a port for TLS
 *   login    binary, TLS        a port for SASL (1); a port for TLS
 *   binary   text, TLS          a port for the text protocols (1); a port for TLS
 *   tls      text, binary       a port without TLS
 *
 *   (1) Most memcacheds speak both, and hang up on anybody while they restart or are full. So what was spoken is asked
 *       once more behind the answer, when the server is known to work: only silence then means the other protocol.
 */
import type { Duplex } from 'node:stream';
import { now } from '../clock.js';
import type { ConnectionFailure } from './connection-errors.js';
import { BINARY_ONLY, TEXT_ONLY } from './strangers.js';
import { whenOpen, type Opener } from './open-socket.js';

/** What the silent connection spoke; `login`: text, with credentials. */
export type SpokenWire = 'text' | 'login' | 'binary' | 'tls';

export interface ProbeWays {
  /** As the connection itself was opened. */
  readonly same: Opener;
  /** Without TLS; `undefined` when there is no such way. */
  readonly plain: Opener | undefined;
  /** With TLS, whatever the certificate: nothing is sent over it. */
  readonly tls: Opener | undefined;
}

interface Question {
  readonly way: keyof ProbeWays;
  /** Empty: that the stream opens is the answer. */
  readonly request: Buffer;
  readonly isAnswer: (received: Buffer) => boolean;
  readonly meaning: ConnectionFailure;
  /** Asked behind an answer; if it is answered too, the answer means nothing. */
  readonly unless?: Pick<Question, 'way' | 'request' | 'isAnswer'>;
}

const TEXT_VERSION = Buffer.from('version\r\n');
/** Answered by memcached -S before any login (measured on 1.6.18). */
const BINARY_VERSION = Buffer.from([0x80, 0x0b, ...new Uint8Array(22)]);
const NOTHING = Buffer.alloc(0);

const isBinaryReply = (received: Buffer): boolean => received[0] === 0x81;
const isTextReply = (received: Buffer): boolean =>
  /^(VERSION |CLIENT_ERROR |ERROR\r)/.test(received.toString('latin1', 0, 16));

const isUnauthenticated = (received: Buffer): boolean => received.toString('latin1', 0, 64).includes('unauthenticated');

const WANTS_LOGIN: ConnectionFailure = {
  name: 'AUTH_FAILED',
  detail: 'the server answers nobody without a login',
  hint: 'Give username and password.',
};
const WANTS_TLS: ConnectionFailure = {
  name: 'WRONG_PROTOCOL',
  detail: 'the port speaks TLS, and the client does not',
  hint: 'Use memcaches:// or the option tls.',
};
const WITHOUT_TLS: ConnectionFailure = {
  name: 'TLS_FAILED',
  detail: 'the port answers without TLS',
  hint: 'Connect without TLS, or give the port on which the server speaks TLS.',
};

const inText = { way: 'same', request: TEXT_VERSION, isAnswer: isTextReply } as const;
const inBinary = { way: 'same', request: BINARY_VERSION, isAnswer: isBinaryReply } as const;
const tlsQuestion: Question = { way: 'tls', request: NOTHING, isAnswer: () => false, meaning: WANTS_TLS };

const questions: Readonly<Record<SpokenWire, readonly Question[]>> = {
  text: [
    { ...inBinary, meaning: BINARY_ONLY, unless: inText },
    // memcached -Y 1.6.45 hangs up on two lines at once without a word, and answers a single one.
    { way: 'same', request: TEXT_VERSION, isAnswer: isUnauthenticated, meaning: WANTS_LOGIN },
    tlsQuestion,
  ],
  login: [{ ...inBinary, meaning: BINARY_ONLY, unless: inText }, tlsQuestion],
  binary: [{ ...inText, meaning: TEXT_ONLY, unless: inBinary }, tlsQuestion],
  tls: [
    { way: 'plain', request: TEXT_VERSION, isAnswer: isTextReply, meaning: WITHOUT_TLS },
    { way: 'plain', request: BINARY_VERSION, isAnswer: isBinaryReply, meaning: WITHOUT_TLS },
  ],
};

/** A server that has answered gets this many times as long for the second answer, and at least so long. */
const SECOND_ANSWER_TIMES = 10;
const LEAST_SECOND_ANSWER_MS = 50;

/** A probe that is under way. */
export class SilenceProbe {
  /** What the server waits for; `undefined` when nobody knows. */
  readonly result: Promise<ConnectionFailure | undefined>;
  readonly #ways: ProbeWays;
  readonly #endAt: number;
  readonly #streams = new Set<Duplex>();
  #settle: (failure: ConnectionFailure | undefined) => void = () => undefined;
  #isOver = false;

  /** @param timeoutMs longest wait for all answers together; they are asked for at the same time */
  constructor(spoken: SpokenWire, ways: ProbeWays, timeoutMs: number) {
    this.#ways = ways;
    this.#endAt = now() + timeoutMs;
    this.result = new Promise((resolve) => {
      this.#settle = resolve;
    });
    const timer = setTimeout(() => {
      this.cancel();
    }, timeoutMs);
    void this.result.then(() => {
      clearTimeout(timer);
    });
    void Promise.all(questions[spoken].map((question) => this.#pursue(question))).then(() => {
      this.cancel();
    });
  }

  /** Ends it with what is known, which is nothing. */
  cancel(): void {
    this.#conclude(undefined);
  }

  #conclude(failure: ConnectionFailure | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    for (const stream of this.#streams) stream.destroy();
    this.#settle(failure);
  }

  async #pursue(question: Question): Promise<void> {
    const startedAt = now();
    if (!(await this.#ask(question)) || this.#isOver) return;
    const waitMs = Math.max((now() - startedAt) * SECOND_ANSWER_TIMES, LEAST_SECOND_ANSWER_MS);
    // Half of what is left, so that the verdict comes before the deadline.
    const isRefuted =
      question.unless && (await this.#ask(question.unless, Math.min(waitMs, (this.#endAt - now()) / 2)));
    this.#conclude(isRefuted === true ? undefined : question.meaning);
  }

  /** Whether the server answers the question; never rejects. @param waitMs `undefined`: as long as the probe lasts */
  #ask({ way, request, isAnswer }: Omit<Question, 'meaning'>, waitMs?: number): Promise<boolean> {
    const open = this.#ways[way];
    return new Promise((resolve) => {
      let stream: Duplex | undefined;
      const settle = (isAnswered: boolean): void => {
        clearTimeout(timer);
        stream?.destroy();
        resolve(isAnswered);
      };
      const no = (): void => {
        settle(false);
      };
      const timer = waitMs === undefined ? undefined : setTimeout(no, waitMs);
      const attach = (opened: Duplex): void => {
        stream = opened;
        this.#streams.add(opened);
        opened.on('error', no);
        opened.on('close', () => {
          this.#streams.delete(opened);
          no();
        });
        if (this.#isOver) opened.destroy();
        else
          whenOpen(opened, () => {
            if (request.length === 0) settle(true);
            else opened.write(request);
          });
      };
      if (open === undefined) {
        no();
        return;
      }
      try {
        const opened = open((chunk) => {
          settle(isAnswer(chunk));
        });
        if ('then' in opened) opened.then(attach, no);
        else attach(opened);
      } catch {
        no();
      }
    });
  }
}
