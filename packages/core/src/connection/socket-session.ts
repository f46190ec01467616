/**
 * One socket's life, from the attempt to its end: opens the stream, hands its bytes on, and remembers what the server has
 * shown of itself. Reports nothing after `end()`, so that a late byte or error of an old socket cannot touch the new one.
 */
import type { Duplex } from 'node:stream';
import { whenConnected, whenOpen, type Opener } from './open-socket.js';

/** Who looks after a session: the attempt to connect at first, then the connection. */
export interface SessionOwner {
  /** The stream can carry bytes. */
  opened(stream: Duplex): void;
  /** Where the next bytes are best written to; `undefined`: anywhere. */
  readonly room: Buffer | undefined;
  /** The chunk may be overwritten once this returns. */
  received(chunk: Buffer): void;
  /** The stream ended or failed, or could not be made. */
  ended(error: unknown): void;
}

/** A server is called silent after a whole deadline without a byte, but not sooner than this: short deadlines are the caller's haste. */
const LEAST_SILENCE_MS = 100;

export class SocketSession {
  readonly startedAt: number;
  owner: SessionOwner;
  lastReceivedAt: number;
  /** Whether any byte ever came. */
  hasReceived = false;
  /** The last read filled its buffer, so that another one follows before the event loop goes on. */
  hasMore = false;
  /** Whether a reply was understood: only that shows that the server works. */
  isProven = false;
  /** The server has accepted the connection; with TLS the handshake may still be under way. */
  isConnected = false;
  readonly #open: Opener;
  readonly #now: () => number;
  #stream: Duplex | undefined;
  #isOver = false;

  constructor(open: Opener, now: () => number, owner: SessionOwner) {
    this.#open = open;
    this.#now = now;
    this.owner = owner;
    this.startedAt = now();
    this.lastReceivedAt = this.startedAt;
  }

  async start(): Promise<void> {
    try {
      const opened = this.#open(
        (chunk, hasMore = false) => {
          this.#receive(chunk, hasMore);
        },
        () => this.owner.room,
      );
      // No await for a plain stream: it may fail before a listener is there.
      this.#attach('then' in opened ? await opened : opened);
    } catch (error) {
      this.#ended(error);
    }
  }

  get isOver(): boolean {
    return this.#isOver;
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
    whenConnected(stream, () => {
      this.isConnected = true;
    });
    whenOpen(stream, () => {
      if (this.#isOver) return;
      this.lastReceivedAt = this.#now();
      this.owner.opened(stream);
    });
  }

  #receive(chunk: Buffer, hasMore: boolean): void {
    if (this.#isOver) return;
    this.hasMore = hasMore;
    this.lastReceivedAt = this.#now();
    this.hasReceived = true;
    this.owner.received(chunk);
  }

  #ended(error: unknown): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#stream?.destroy();
    this.owner.ended(error);
  }
}
