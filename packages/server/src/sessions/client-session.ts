/**
 * One connection: bytes -> requests -> replies, in order. Replies leave in few writes. Knows streams and
 * faults; knows no command.
 *
 *   data -> chunk -> codec -> [watched?] -> answer -> writer -> stream
 *             ^ read no further while an answer is delayed, the client does not read, or it is the others' turn
 *
 * Requests are read one by one from the chunk, so that what waits is bytes and never more than one chunk of them.
 */
import type { Duplex } from 'node:stream';
// Imported, not global: fake timers of a test must not stop the answers.
import { clearImmediate, setImmediate } from 'node:timers';
import type { ByteWriter } from '@memkit/protocol/internal';
import type { ServerStats } from '../store/server-stats.js';
import { publishFailure } from '../telemetry/channels.js';
import type { Answered, RestOfReply } from './answered.js';
import type { LoopTurns } from './loop-turns.js';
import type { OnRequest, PendingRequest, RequestCodec } from './pending-request.js';
import { RequestWatch, type WatchContext } from './request-watch.js';
import { resetStream } from './reset-stream.js';

/**
 * Replies are handed to the stream when this many bytes have come together; a client that does not take them gets no
 * others. What waits for one client is so much, one reply, and what the stream held before.
 */
const FLUSH_BYTES = 256 * 1024;
/**
 * So many replies leave together, and not all those of a chunk: the client reads the first ones while the next requests
 * are carried out. One connection with 64 gets in flight has 1.5 times as many answers a second (Node 20, two cores).
 */
const REQUESTS_A_WRITE = 32;
/**
 * After so many requests of one connection, in whole writes, it is the turn of the others; memcached's -R has the same
 * end. Once the turn has taken so long, because requests are large or there are many connections, after those of one write.
 */
const REQUESTS_A_TURN = 1024;
const LONG_TURN_MS = 5;

export interface SessionOptions {
  readonly stream: Duplex;
  readonly stats: ServerStats;
  /** Faults and recorder, asked only while there is something to do or to write down. */
  readonly watch: WatchContext;
  /** 1 for the first connection of the server. */
  readonly connection: number;
  /** Shared by all sessions. */
  readonly turns: LoopTurns;
  /** Shared by all sessions: each hands over what it wrote before it gives the turn away. */
  readonly writer: ByteWriter;
  /** Chooses the codec by the first byte. */
  readonly createCodec: (firstByte: number, onRequest: OnRequest) => RequestCodec;
}

export class ClientSession {
  readonly #stream: Duplex;
  readonly #stats: ServerStats;
  readonly #watchContext: WatchContext;
  readonly #connection: number;
  readonly #createCodec: SessionOptions['createCodec'];
  readonly #turns: LoopTurns;
  readonly #writer: ByteWriter;
  readonly #onRequest: OnRequest = (request) => this.#take(request);
  #codec: RequestCodec | undefined;
  /** What was received and not read as requests. */
  #chunk: Buffer | undefined;
  #at = 0;
  /** A long reply of which the client has a part. */
  #rest: RestOfReply | undefined;
  #watch: RequestWatch | undefined;
  /** A fault keeps the answer back. */
  #isHeld = false;
  #nextTurn: NodeJS.Immediate | undefined;
  #turn = -1;
  /** Requests that may still be carried out in this turn. */
  #budget = 0;
  #commands = 0;
  #isSilent = false;
  /** The client has sent its end: it may still read. */
  #hasClientEnded = false;
  #isEnding = false;

  constructor(options: SessionOptions) {
    this.#stream = options.stream;
    this.#stats = options.stats;
    this.#watchContext = options.watch;
    this.#connection = options.connection;
    this.#turns = options.turns;
    this.#writer = options.writer;
    this.#createCodec = options.createCodec;
    this.#stream.on('data', (chunk: Buffer) => {
      this.#onData(chunk);
    });
    this.#stream.on('drain', () => {
      this.#work();
    });
    this.#stream.on('end', () => {
      this.#hasClientEnded = true;
      if (this.#isSilent) this.#end();
      else this.#readOrWait();
    });
    // The other end may vanish at any time; 'close' follows and cleans up.
    this.#stream.on('error', () => undefined);
    this.#stream.on('close', () => {
      this.#forget();
    });
  }

  /** How many commands have come. */
  get commands(): number {
    return this.#commands;
  }

  /** For the next command: neither amid the data of one nor amid its answer. */
  get isWaiting(): boolean {
    if (this.#chunk !== undefined || this.#rest !== undefined || this.#stream.writableNeedDrain) return false;
    return !this.#isHeld && !this.#isSilent && this.#codec?.isAmidData !== true;
  }

  #onData(chunk: Buffer): void {
    if (this.#isSilent || this.#isEnding) return;
    this.#stats.count('bytes_read', chunk.length);
    this.#chunk = chunk;
    this.#at = 0;
    this.#work();
  }

  #work(): void {
    const turn = this.#turns.current();
    if (turn !== this.#turn) {
      this.#turn = turn;
      this.#budget = REQUESTS_A_TURN;
    }
    while (this.#canGoOn() && (this.#rest !== undefined || this.#chunk !== undefined)) {
      if (this.#rest === undefined) this.#readRequests();
      else this.#continueReply(this.#rest);
    }
    this.#flush();
    this.#readOrWait();
  }

  #canGoOn(): boolean {
    return this.#budget > 0 && !this.#isHeld && !this.#isSilent && !this.#isEnding && !this.#stream.writableNeedDrain;
  }

  /** No bytes are taken in before those that are there have become requests. */
  #readOrWait(): void {
    if (this.#isEnding) return;
    if (this.#chunk === undefined && this.#rest === undefined && !this.#stream.writableNeedDrain) {
      if (this.#hasClientEnded && !this.#isHeld) this.#end();
      else if (this.#stream.isPaused()) this.#stream.resume();
      return;
    }
    this.#stream.pause();
    if (this.#budget > 0 || this.#nextTurn !== undefined) return;
    this.#nextTurn = setImmediate(() => {
      this.#nextTurn = undefined;
      this.#work();
    });
  }

  #readRequests(): void {
    const chunk = this.#chunk;
    if (chunk === undefined) return;
    try {
      this.#codec ??= this.#createCodec(chunk[0] ?? 0, this.#onRequest);
      const at = this.#codec.push(chunk, this.#at);
      this.#at = at;
      // A silent session takes in bytes and throws them away, or nobody would notice that the client left.
      if (at >= chunk.length || this.#isSilent || this.#isEnding) this.#chunk = undefined;
    } catch (error) {
      // Where the next request begins is not known any more.
      publishFailure({ command: undefined, error });
      this.#stream.destroy();
    }
  }

  #take(request: PendingRequest): boolean {
    this.#budget -= 1;
    this.#commands += 1;
    const { faults, calls } = this.#watchContext;
    if (faults.isPlanned || calls.isRecording) this.#watched().carryOut(request);
    else this.#goOnBehind(this.#tryToAnswer(request, this.#writer));
    if (this.#writer.length > FLUSH_BYTES || this.#budget % REQUESTS_A_WRITE === 0) this.#sendAndLook();
    return this.#rest === undefined && this.#canGoOn();
  }

  /** Made for the first request that needs one: most connections never do. */
  #watched(): RequestWatch {
    this.#watch ??= new RequestWatch(this.#watchContext, this.#connection, {
      writer: this.#writer,
      tryToAnswer: (request, writer) => this.#tryToAnswer(request, writer),
      tryToContinue: (rest, writer) => this.#tryToContinue(rest, writer),
      goOnBehind: (answered) => {
        this.#goOnBehind(answered);
      },
      end: () => {
        this.#end();
      },
      reset: () => {
        this.#flush();
        this.#stop();
        resetStream(this.#stream);
      },
      hold: () => {
        this.#flush();
        this.#isHeld = true;
      },
      goOn: () => {
        this.#isHeld = false;
        this.#work();
      },
      goDeaf: () => {
        this.#flush();
        this.#isSilent = true;
      },
    });
    return this.#watch;
  }

  #goOnBehind(answered: Answered): void {
    if (answered === undefined) return;
    if (answered === 'close') {
      this.#end();
    } else if (answered === 'deaf') {
      this.#flush();
      this.#isSilent = true;
    } else {
      this.#rest = answered;
    }
  }

  #continueReply(rest: RestOfReply): void {
    this.#rest = undefined;
    this.#budget -= 1;
    this.#goOnBehind(this.#tryToContinue(rest, this.#writer));
    this.#sendAndLook();
  }

  #sendAndLook(): void {
    this.#flush();
    if (this.#turns.elapsedMs() > LONG_TURN_MS) this.#budget = 0;
  }

  /** One request that breaks, for instance because an injected clock throws, must not take the process with it. */
  #tryToAnswer(request: PendingRequest, writer: ByteWriter): Answered {
    const before = writer.length;
    try {
      return request.answer(writer);
    } catch (error) {
      publishFailure({ command: request.facts().command, error });
      // Behind half a reply no other can be told apart.
      if (writer.length > before) return 'close';
      request.failInternally(writer);
      return undefined;
    }
  }

  #tryToContinue(rest: RestOfReply, writer: ByteWriter): Answered {
    try {
      return rest(writer);
    } catch (error) {
      publishFailure({ command: undefined, error });
      return 'close';
    }
  }

  /** Sends what is written and closes. */
  #end(): void {
    this.#flush();
    this.#stop();
    this.#stream.end(() => {
      this.#stream.destroy();
    });
  }

  #stop(): void {
    this.#isEnding = true;
    this.#chunk = undefined;
    this.#rest = undefined;
  }

  #flush(): void {
    const length = this.#writer.length;
    if (length === 0) return;
    // Always taken: the writer belongs to all sessions.
    const chunks = this.#writer.take();
    if (this.#stream.destroyed || this.#isEnding) return;
    this.#stats.count('bytes_written', length);
    if (chunks.length > 1) this.#stream.cork();
    for (const chunk of chunks) this.#stream.write(chunk);
    if (chunks.length > 1) this.#stream.uncork();
  }

  #forget(): void {
    clearImmediate(this.#nextTurn);
    this.#stop();
    this.#watch?.forget();
  }
}
