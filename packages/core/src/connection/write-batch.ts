/**
 * Collects requests and hands them to the stream in one write, because each write is a system call. Stops while the stream
 * is full, so that a slow server is not buried in memory.
 */
import { nextTick } from 'node:process';
import { setImmediate } from 'node:timers';
import type { Duplex } from 'node:stream';
import { ByteWriter } from '@memkit/protocol/internal';

export class WriteBatch {
  readonly #fill: (writer: ByteWriter) => void;
  readonly #onWritten: (bytes: number) => void;
  readonly #flush = (): void => {
    this.#isScheduled = false;
    this.flush();
  };
  readonly #writer = new ByteWriter();
  #stream: Duplex | undefined;
  #isScheduled = false;
  #isFull = false;

  /**
   * @param fill writes what waits
   * @param onWritten told the size of each batch
   */
  constructor(fill: (writer: ByteWriter) => void, onWritten: (bytes: number) => void) {
    this.#fill = fill;
    this.#onWritten = onWritten;
  }

  /** From now on batches go to this stream; `undefined`: nowhere, and nothing is asked for. */
  attach(stream: Duplex | undefined): void {
    this.#stream = stream;
    this.#isFull = false;
    // What an earlier stream did not take must not reach this one.
    this.#writer.take();
  }

  /**
   * Asks for a flush at the end of this tick, after the microtasks in which awaiting callers send their next request. While
   * the server has something to do, `canWait`, at the end of the event loop's turn: other sockets that were readable have been read
   * by then, and what their callers ask goes out with the same write (three servers, 64 gets in flight: half as many
   * writes and a tenth less of the client's CPU). No reply can be read before that end either way.
   */
  schedule(canWait: boolean): void {
    if (this.#isScheduled || this.#isFull || this.#stream === undefined) return;
    this.#isScheduled = true;
    if (canWait) setImmediate(this.#flush);
    else nextTick(this.#flush);
  }

  flush(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    while (!this.#isFull && stream === this.#stream) {
      this.#fill(this.#writer);
      const bytes = this.#writer.length;
      const chunks = this.#writer.take();
      // Filling may have ended the connection.
      if (chunks.length === 0 || stream !== this.#stream) return;
      this.#onWritten(bytes);
      const [first] = chunks;
      const hasRoom = chunks.length === 1 && first !== undefined ? stream.write(first) : writeAll(stream, chunks);
      if (!hasRoom) this.#waitForRoom(stream);
    }
  }

  #waitForRoom(stream: Duplex): void {
    this.#isFull = true;
    stream.once('drain', () => {
      if (stream !== this.#stream) return;
      this.#isFull = false;
      this.flush();
    });
  }
}

function writeAll(stream: Duplex, chunks: readonly Buffer[]): boolean {
  stream.cork();
  let hasRoom = true;
  for (const chunk of chunks) hasRoom = stream.write(chunk);
  stream.uncork();
  return hasRoom;
}
