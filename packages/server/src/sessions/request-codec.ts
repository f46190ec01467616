/** What a session needs of a protocol: bytes in, requests out; a request in, its reply bytes out. */
import {
  binaryStatus,
  BinaryRequestParser,
  TextRequestParser,
  writeBinaryError,
  writeLine,
  type ByteWriter,
  type TextRequest,
} from '@memkit/protocol/internal';
import type { SaslGate } from '../accounts/sasl-gate.js';
import { binaryFaultCommand, textFaultCommand } from '../faults/fault-command.js';
import type { FaultCommand } from '../faults/fault-plan.js';
import { answerBinary } from './answer-binary.js';
import { answerText, type AnswerContext } from './answer-text.js';

/** One request of whichever protocol, ready to be carried out. */
export interface PendingRequest {
  readonly faultCommand: FaultCommand;
  /** Carries it out and writes the reply; `close` when the connection ends behind it. */
  answer(writer: ByteWriter): 'close' | undefined;
  /** Writes instead that the server is out of memory, or whatever else `message` says. */
  fail(writer: ByteWriter, message: string): void;
  /** Writes instead that carrying it out broke. */
  failInternally(writer: ByteWriter): void;
}

export interface RequestCodec {
  push(chunk: Buffer): void;
}

export type OnRequest = (request: PendingRequest) => void;

export function createTextCodec(context: AnswerContext, onRequest: OnRequest): RequestCodec {
  return new TextRequestParser({
    itemSizeMax: context.facts.itemSizeMax,
    onRequest: (request) => {
      onRequest({
        faultCommand: textFaultCommand(request),
        answer: (writer) => answerText(context, request, writer),
        fail: (writer, message) => {
          writeServerError(writer, request, message);
        },
        failInternally: (writer) => {
          writeServerError(writer, request, 'internal error');
        },
      });
    },
  });
}

export function createBinaryCodec(context: AnswerContext, gate: SaslGate, onRequest: OnRequest): RequestCodec {
  return new BinaryRequestParser({
    itemSizeMax: context.facts.itemSizeMax,
    onRequest: (request) => {
      onRequest({
        faultCommand: binaryFaultCommand(request),
        answer: (writer) => answerBinary(context, gate, request, writer),
        fail: (writer, message) => {
          writeBinaryError(writer, request, binaryStatus.outOfMemory, message);
        },
        failInternally: (writer) => {
          writeBinaryError(writer, request, binaryStatus.internalError);
        },
      });
    },
  });
}

/** With `noreply` nobody reads an answer: memcached sends none, whatever happens. */
function writeServerError(writer: ByteWriter, request: TextRequest, message: string): void {
  if (!('quiet' in request && request.quiet)) writeLine(writer, `SERVER_ERROR ${message}`);
}
