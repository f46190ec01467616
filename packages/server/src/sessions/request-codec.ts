/** The codecs of text (with meta) and binary: a parser, and behind each request what answers it. */
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
import type { ConnectionLogin } from '../accounts/connection-login.js';
import { SaslGate } from '../accounts/sasl-gate.js';
import { binaryRequestFacts, textRequestFacts, type RequestFacts } from '../faults/request-facts.js';
import { answerBinary } from './answer-binary.js';
import { refuseBinaryForMemory, refuseTextForMemory } from './answer-out-of-memory.js';
import type { AnswerContext } from './answer-context.js';
import { answerText } from './answer-text.js';
import type { Answered } from './answered.js';
import { GuardedBinary, GuardedText } from './guarded-request.js';
import { limitBinary, limitText, parserLimit } from './limit-item.js';
import type { OnRequest, PendingRequest, RequestCodec } from './pending-request.js';

/** @param login `undefined`: nobody needs to log in */
export function createTextCodec(
  context: AnswerContext,
  login: ConnectionLogin | undefined,
  onRequest: OnRequest,
): RequestCodec {
  return new TextRequestParser({
    itemSizeMax: parserLimit(context.facts),
    version: context.facts.version,
    onRequest: (given) => {
      const request = limitText(context.facts, given);
      const pending = new PendingText(context, request);
      return onRequest(login === undefined ? pending : new GuardedText(login, pending, request, context.store.stats));
    },
  });
}

/** @param login `undefined`: nobody needs to log in */
export function createBinaryCodec(
  context: AnswerContext,
  login: ConnectionLogin | undefined,
  onRequest: OnRequest,
): RequestCodec {
  const gate = new SaslGate(login);
  return new BinaryRequestParser({
    itemSizeMax: parserLimit(context.facts),
    version: context.facts.version,
    onRequest: (given) => {
      const request = limitBinary(context.facts, given);
      const pending = new PendingBinary(context, gate, request);
      return onRequest(login === undefined ? pending : new GuardedBinary(login, pending, request));
    },
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

  facts(): RequestFacts {
    return textRequestFacts(this.#request);
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

  refuseForMemory(writer: ByteWriter): void {
    refuseTextForMemory(this.#context.store, this.#request, writer);
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

  facts(): RequestFacts {
    return binaryRequestFacts(this.#request);
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

  refuseForMemory(writer: ByteWriter): void {
    refuseBinaryForMemory(this.#context.store, this.#request, writer);
  }
}
