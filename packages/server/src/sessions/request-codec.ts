/** What a session needs of a protocol: bytes in, requests out; a request in, its reply bytes out. */
import {
  binaryStatus,
  BinaryRequestParser,
  TextRequestParser,
  writeBinaryError,
  writeLine,
  type BinaryRequest,
  type ByteWriter,
  type TextRequest,
} from '@memkit/protocol/internal';
import type { SaslGate } from '../accounts/sasl-gate.js';
import { binaryFaultCommand, textFaultCommand } from '../faults/fault-command.js';
import type { FaultCommand } from '../faults/fault-plan.js';
import { answerBinary } from './answer-binary.js';
import { answerText, type AnswerContext } from './answer-text.js';
import type { Answered } from './answered.js';

/** One request of whichever protocol, ready to be carried out. */
export interface PendingRequest {
  readonly faultCommand: FaultCommand;
  /** Carries it out and writes the reply. */
  answer(writer: ByteWriter): Answered;
  /** Writes instead that the server is out of memory, or whatever else `message` says. */
  fail(writer: ByteWriter, message: string): void;
  /** Writes instead that carrying it out broke. */
  failInternally(writer: ByteWriter): void;
}

export interface RequestCodec {
  /**
   * Reads requests from `start` on until `onRequest` gives `false`.
   * @returns where it stopped: the next bytes to push
   */
  push(chunk: Buffer, start?: number): number;
}

/** `false`: the next request is not wanted yet. */
export type OnRequest = (request: PendingRequest) => boolean;

export function createTextCodec(context: AnswerContext, onRequest: OnRequest): RequestCodec {
  return new TextRequestParser({
    itemSizeMax: context.facts.itemSizeMax,
    onRequest: (request) => onRequest(new PendingText(context, request)),
  });
}

export function createBinaryCodec(context: AnswerContext, gate: SaslGate, onRequest: OnRequest): RequestCodec {
  return new BinaryRequestParser({
    itemSizeMax: context.facts.itemSizeMax,
    onRequest: (request) => onRequest(new PendingBinary(context, gate, request)),
  });
}

// Classes, because closures for each request cost as much as answering it.

class PendingText implements PendingRequest {
  readonly #context: AnswerContext;
  readonly #request: TextRequest;

  constructor(context: AnswerContext, request: TextRequest) {
    this.#context = context;
    this.#request = request;
  }

  get faultCommand(): FaultCommand {
    return textFaultCommand(this.#request);
  }

  answer(writer: ByteWriter): Answered {
    return answerText(this.#context, this.#request, writer);
  }

  /** With `noreply` nobody reads an answer: memcached sends none, whatever happens. */
  fail(writer: ByteWriter, message: string): void {
    if (!('quiet' in this.#request && this.#request.quiet)) writeLine(writer, `SERVER_ERROR ${message}`);
  }

  failInternally(writer: ByteWriter): void {
    this.fail(writer, 'internal error');
  }
}

class PendingBinary implements PendingRequest {
  readonly #context: AnswerContext;
  readonly #gate: SaslGate;
  readonly #request: BinaryRequest;

  constructor(context: AnswerContext, gate: SaslGate, request: BinaryRequest) {
    this.#context = context;
    this.#gate = gate;
    this.#request = request;
  }

  get faultCommand(): FaultCommand {
    return binaryFaultCommand(this.#request);
  }

  answer(writer: ByteWriter): Answered {
    return answerBinary(this.#context, this.#gate, this.#request, writer);
  }

  fail(writer: ByteWriter, message: string): void {
    writeBinaryError(writer, this.#request, binaryStatus.outOfMemory, message);
  }

  failInternally(writer: ByteWriter): void {
    writeBinaryError(writer, this.#request, binaryStatus.internalError);
  }
}
