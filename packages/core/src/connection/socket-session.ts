/**
 * One socket's life, from the attempt to its end: opens the stream, feeds the parser, and remembers what the server has
 * shown of itself. Reports nothing after `end()`, so that a late byte or error of an old socket cannot touch the new one.
 */
import type { Duplex } from 'node:stream';
import { whenOpen } from './open-socket.js';

export interface SessionListener {
  /** The stream can carry bytes. */
  opened(session: SocketSession, stream: Duplex): void;
  replied(session: SocketSession, reply: unknown): void;
  /** The parser refused what came. */
  garbled(error: unknown): void;
  /** The stream ended or failed, or could not be made. */
  ended(error: unknown): void;
}

export interface SessionOptions {
  readonly open: () => Promise<Duplex> | Duplex;
  readonly createReplyParser: (onReply: (reply: unknown) => void) => { push(chunk: Buffer): void };
  readonly now: () => number;
  readonly listener: SessionListener;
}

/** A server is called silent after a whole deadline without a byte, but not sooner than this: short deadlines are the caller's haste. */
const LEAST_SILENCE_MS = 100;

export class SocketSession {
  readonly startedAt: number;
  lastReceivedAt: number;
  /** Whether any byte ever came. */
  hasReceived = false;
  /** Whether a reply was understood: only that shows that the server works. */
  isProven = false;
  readonly #options: SessionOptions;
  #stream: Duplex | undefined;
  #isOver = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.startedAt = options.now();
    this.lastReceivedAt = this.startedAt;
  }

  async start(): Promise<void> {
    try {
      const opened = this.#options.open();
      // No await for a plain stream: it may fail before a listener is there.
      this.#attach('then' in opened ? await opened : opened);
    } catch (error) {
      this.#ended(error);
    }
  }

  /** @param writtenAt when a request that is now past its deadline was sent; -1: it was not */
  isSilentSince(writtenAt: number, now: number): boolean {
    return writtenAt >= 0 && this.lastReceivedAt <= writtenAt && now - writtenAt >= LEAST_SILENCE_MS;
  }

  /** The end of the session, from outside. */
  end(): void {
    this.#isOver = true;
    this.#stream?.destroy();
  }

  #attach(stream: Duplex): void {
    this.#stream = stream;
    const onEnd = (error?: unknown): void => {
      this.#ended(error);
    };
    stream.on('error', onEnd);
    stream.on('end', onEnd);
    stream.on('close', () => {
      this.#ended(undefined);
    });
    if (this.#isOver) {
      // Given up while it was opening.
      stream.destroy();
      return;
    }
    const parser = this.#options.createReplyParser((reply) => {
      if (!this.#isOver) this.#options.listener.replied(this, reply);
    });
    stream.on('data', (chunk: Buffer) => {
      if (!this.#isOver) this.#receive(parser, chunk);
    });
    whenOpen(stream, () => {
      if (this.#isOver) return;
      this.lastReceivedAt = this.#options.now();
      this.#options.listener.opened(this, stream);
    });
  }

  #receive(parser: { push(chunk: Buffer): void }, chunk: Buffer): void {
    this.lastReceivedAt = this.#options.now();
    this.hasReceived = true;
    try {
      parser.push(chunk);
    } catch (error) {
      this.#options.listener.garbled(error);
    }
  }

  #ended(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.listener.ended(error);
  }
}
