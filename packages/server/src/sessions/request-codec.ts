/** What a session needs of a protocol: bytes in, requests out; a request in, its reply bytes out. */
import {
  binaryStatus,
  BinaryRequestParser,
  TextRequestParser,
  writeBinaryError,
  writeLine,
  type ByteWriter,
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
  /** Writes a failure of the server's own instead. */
  fail(writer: ByteWriter, message: string): void;
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
          writeLine(writer, `SERVER_ERROR ${message}`);
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
      });
    },
  });
}
