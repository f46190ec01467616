/**
 * Why a server that accepted a connection says nothing, or hangs up without a byte: usually it waits for another protocol.
 * A memcached -S is silent to text, one behind TLS resets, and -Y is silent to binary (all measured on 1.6.18). Short
 * connections of their own ask in the other protocols; only an answer proves anything.
 *
 *   spoke    asks               an answer means
 *   text     binary, text, TLS  a port for SASL; a port that wants a login; a port for TLS
 *   binary   text, TLS          a port for the text protocols; a port for TLS
 *   tls      text, binary       a port without TLS
 */
import type { Duplex } from 'node:stream';
import type { ConnectionFailure } from './connection-errors.js';
import { BINARY_ONLY, TEXT_ONLY } from './strangers.js';
import { whenOpen, type Opener } from './open-socket.js';

/** What the silent connection spoke. */
export type SpokenWire = 'text' | 'binary' | 'tls';

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

const binaryQuestion: Question = {
  way: 'same',
  request: BINARY_VERSION,
  isAnswer: isBinaryReply,
  meaning: BINARY_ONLY,
};
const tlsQuestion: Question = { way: 'tls', request: NOTHING, isAnswer: () => false, meaning: WANTS_TLS };

const questions: Readonly<Record<SpokenWire, readonly Question[]>> = {
  text: [
    binaryQuestion,
    // memcached -Y 1.6.45 hangs up on two lines at once without a word, and answers a single one.
    { way: 'same', request: TEXT_VERSION, isAnswer: isUnauthenticated, meaning: WANTS_LOGIN },
    tlsQuestion,
  ],
  binary: [
    {
      way: 'same',
      request: TEXT_VERSION,
      isAnswer: isTextReply,
      meaning: TEXT_ONLY,
    },
    tlsQuestion,
  ],
  tls: [
    { way: 'plain', request: TEXT_VERSION, isAnswer: isTextReply, meaning: WITHOUT_TLS },
    { way: 'plain', request: BINARY_VERSION, isAnswer: isBinaryReply, meaning: WITHOUT_TLS },
  ],
};

/** A probe that is under way. `result` is `undefined` when nobody answered. */
export interface SilenceProbe {
  readonly result: Promise<ConnectionFailure | undefined>;
  cancel(): void;
}

/** @param timeoutMs longest wait for all answers together; they are asked for at the same time */
export function probeSilence(spoken: SpokenWire, ways: ProbeWays, timeoutMs: number): SilenceProbe {
  const cancels: (() => void)[] = [];
  const result = new Promise<ConnectionFailure | undefined>((resolve) => {
    const asked = questions[spoken].map((question) => {
      const opener = ways[question.way];
      return opener === undefined
        ? Promise.resolve()
        : ask(question, opener, cancels).then((answered) => {
            if (answered) resolve(question.meaning);
          });
    });
    const timer = setTimeout(() => {
      resolve(undefined);
    }, timeoutMs);
    cancels.push(() => {
      clearTimeout(timer);
      resolve(undefined);
    });
    void Promise.all(asked).then(() => {
      resolve(undefined);
    });
  });
  const cancel = (): void => {
    for (const one of cancels.splice(0)) one();
  };
  void result.then(cancel);
  return { result, cancel };
}

/** Whether the server answers the question; never rejects. */
function ask(question: Question, open: Opener, cancels: (() => void)[]): Promise<boolean> {
  return new Promise((resolve) => {
    let stream: Duplex | undefined;
    const settle = (answered: boolean): void => {
      stream?.destroy();
      resolve(answered);
    };
    const attach = (opened: Duplex): void => {
      stream = opened;
      cancels.push(() => {
        settle(false);
      });
      opened.on('error', () => {
        settle(false);
      });
      opened.on('close', () => {
        settle(false);
      });
      whenOpen(opened, () => {
        if (question.request.length === 0) settle(true);
        else opened.write(question.request);
      });
    };
    try {
      const opened = open((chunk) => {
        settle(question.isAnswer(chunk));
      });
      if ('then' in opened) {
        opened.then(attach, () => {
          settle(false);
        });
      } else attach(opened);
    } catch {
      settle(false);
    }
  });
}
