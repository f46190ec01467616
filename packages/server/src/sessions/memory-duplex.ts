/**
 * Two connected streams in one process: what one end writes, the other reads, in a later turn of the event loop and as
 * a copy, so that a program cannot tell it from a socket by its order or by bytes that change under it.
 * Nothing here keeps the process alive.
 */
import { Duplex } from 'node:stream';
// Imported, not global: fake timers of a test must not stop the bytes.
import { setImmediate } from 'node:timers';

type Callback = (error?: Error | null) => void;

/** What Node gives a socket that was reset. */
class ConnectionReset extends Error {
  readonly code = 'ECONNRESET';
  readonly syscall = 'read';

  constructor() {
    super('read ECONNRESET');
  }
}

export class MemoryDuplex extends Duplex {
  #peer: MemoryDuplex | undefined;
  /** Continues the other end's write once this end reads again. */
  #resumePeer: Callback | undefined;
  #hasEnded = false;
  #isReset = false;

  /** @param allowHalfOpen whether this end may go on writing when the other has sent its end */
  constructor(allowHalfOpen: boolean) {
    super({ allowHalfOpen });
  }

  join(peer: MemoryDuplex): void {
    this.#peer = peer;
  }

  /** As a socket's: the other end gets ECONNRESET. */
  resetAndDestroy(): void {
    this.#isReset = true;
    this.destroy();
  }

  override _read(): void {
    const resume = this.#resumePeer;
    this.#resumePeer = undefined;
    resume?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Callback): void {
    const copy = Buffer.from(chunk);
    setImmediate(() => {
      this.#peer?.receive(copy, done);
    });
  }

  override _final(done: Callback): void {
    setImmediate(() => {
      this.#peer?.receiveEnd();
      done();
    });
  }

  override _destroy(error: Error | null, done: Callback): void {
    const resume = this.#resumePeer;
    this.#resumePeer = undefined;
    resume?.();
    setImmediate(() => {
      if (this.#isReset) this.#peer?.destroy(new ConnectionReset());
      else this.#peer?.receiveEnd();
    });
    done(error);
  }

  private receive(bytes: Buffer, done: Callback): void {
    // As with a socket: bytes for an end that is gone vanish, and the writer learns it from 'end' and 'close'.
    if (this.destroyed || this.#hasEnded) done();
    else if (this.push(bytes)) done();
    else this.#resumePeer = done;
  }

  private receiveEnd(): void {
    if (this.#hasEnded || this.destroyed) return;
    this.#hasEnded = true;
    this.push(null);
  }
}

/** Two ends of one connection: the client's, as `net.connect()` gives it, and the server's. */
export function createDuplexPair(): readonly [Duplex, Duplex] {
  const near = new MemoryDuplex(false);
  const far = new MemoryDuplex(true);
  near.join(far);
  far.join(near);
  return [near, far];
}
