/**
 * One connection: bytes -> requests -> replies, in order. Replies of one chunk leave in one write. Knows streams and
 * faults; knows no command.
 *
 *   data -> codec -> queue -> [fault?] -> answer -> writer -> stream
 *                      ^ stops while an answer is delayed or the reader is slow
 */
import type { Duplex } from 'node:stream';
// Imported, not global: fake timers of a test must not stop the answers.
import { clearTimeout, setTimeout } from 'node:timers';
import { ByteWriter } from '@memkit/protocol/internal';
import type { FaultAction, FaultPlan } from '../faults/fault-plan.js';
import type { ServerStats } from '../store/server-stats.js';
import { publishFailure } from '../telemetry/channels.js';
import type { OnRequest, PendingRequest, RequestCodec } from './request-codec.js';

/** Replies are handed to the stream when this many bytes have come together. */
const FLUSH_BYTES = 1024 * 1024;
/** A connection whose reader lets more than this pile up is closed. */
const MAX_UNREAD_BYTES = 256 * 1024 * 1024;

export interface SessionOptions {
  readonly stream: Duplex;
  readonly stats: ServerStats;
  readonly faults: FaultPlan;
  /** Chooses the codec by the first byte. */
  readonly createCodec: (firstByte: number, onRequest: OnRequest) => RequestCodec;
}

export class ClientSession {
  readonly #stream: Duplex;
  readonly #stats: ServerStats;
  readonly #faults: FaultPlan;
  readonly #createCodec: SessionOptions['createCodec'];
  readonly #writer = new ByteWriter();
  #codec: RequestCodec | undefined;
  #queue: PendingRequest[] = [];
  #next = 0;
  #delay: NodeJS.Timeout | undefined;
  #isSilent = false;
  #isEnding = false;

  constructor(options: SessionOptions) {
    this.#stream = options.stream;
    this.#stats = options.stats;
    this.#faults = options.faults;
    this.#createCodec = options.createCodec;
    this.#stream.on('data', (chunk: Buffer) => {
      this.#onData(chunk);
    });
    this.#stream.on('drain', () => {
      this.#stream.resume();
      this.#work();
    });
    // The other end may vanish at any time; 'close' follows and cleans up.
    this.#stream.on('error', () => undefined);
    this.#stream.on('close', () => {
      this.#forget();
    });
  }

  #onData(chunk: Buffer): void {
    if (this.#isSilent || this.#isEnding) return;
    this.#stats.count('bytes_read', chunk.length);
    try {
      this.#codec ??= this.#createCodec(chunk[0] ?? 0, (request) => this.#queue.push(request));
      this.#codec.push(chunk);
    } catch (error) {
      // Where the next request begins is not known any more.
      publishFailure({ command: undefined, error });
      this.#stream.destroy();
      return;
    }
    this.#work();
  }

  #work(): void {
    while (this.#next < this.#queue.length && this.#canAnswer()) {
      const request = this.#queue[this.#next];
      this.#next += 1;
      if (request !== undefined) this.#carryOut(request);
      if (this.#writer.length > FLUSH_BYTES) this.#flush();
    }
    if (this.#next >= this.#queue.length) {
      this.#queue = [];
      this.#next = 0;
    }
    this.#flush();
  }

  #canAnswer(): boolean {
    return this.#delay === undefined && !this.#isSilent && !this.#isEnding && !this.#stream.writableNeedDrain;
  }

  #carryOut(request: PendingRequest): void {
    const fault = this.#faults.take(request.faultCommand);
    if (fault === undefined) this.#answer(request);
    else this.#actOut(fault, request);
  }

  #actOut(fault: FaultAction, request: PendingRequest): void {
    switch (fault.kind) {
      case 'delay':
        this.#flush();
        this.#delay = setTimeout(() => {
          this.#delay = undefined;
          this.#answer(request);
          this.#work();
        }, fault.delayMs);
        return;
      case 'silence':
        this.#isSilent = true;
        return;
      case 'close':
        this.#end();
        return;
      case 'fail':
        request.fail(this.#writer, fault.message);
        return;
      case 'drop':
        this.#dropAfter(fault.bytes, request);
        return;
    }
  }

  #answer(request: PendingRequest): void {
    if (this.#tryToAnswer(request) === 'close') this.#end();
  }

  /** One request that breaks, for instance because an injected clock throws, must not take the process with it. */
  #tryToAnswer(request: PendingRequest): 'close' | undefined {
    const before = this.#writer.length;
    try {
      return request.answer(this.#writer);
    } catch (error) {
      publishFailure({ command: request.faultCommand, error });
      // Behind half a reply no other can be told apart.
      if (this.#writer.length > before) return 'close';
      request.failInternally(this.#writer);
      return undefined;
    }
  }

  /** Earlier replies leave whole; of this one, the first bytes. */
  #dropAfter(bytes: number, request: PendingRequest): void {
    this.#flush();
    this.#tryToAnswer(request);
    const reply = Buffer.concat(this.#writer.take()).subarray(0, bytes);
    if (reply.length > 0) this.#writer.bytes(reply);
    this.#end();
  }

  /** Sends what is written and closes. */
  #end(): void {
    this.#flush();
    this.#isEnding = true;
    this.#queue = [];
    this.#next = 0;
    this.#stream.end(() => {
      this.#stream.destroy();
    });
  }

  #flush(): void {
    if (this.#writer.length === 0 || this.#stream.destroyed || this.#isEnding) return;
    this.#stats.count('bytes_written', this.#writer.length);
    this.#stream.cork();
    for (const chunk of this.#writer.take()) this.#stream.write(chunk);
    this.#stream.uncork();
    if (this.#stream.writableLength > MAX_UNREAD_BYTES) this.#stream.destroy();
    else if (this.#stream.writableNeedDrain) this.#stream.pause();
  }

  #forget(): void {
    clearTimeout(this.#delay);
    this.#delay = undefined;
    this.#isEnding = true;
    this.#queue = [];
  }
}
