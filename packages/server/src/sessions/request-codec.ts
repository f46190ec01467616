/** What a session needs of a protocol: bytes in, requests out; a request in, its reply bytes out. */
import { TextRequestParser, writeLine, type ByteWriter, type TextRequest } from '@memkit/protocol/internal';
import { textFaultCommand } from '../faults/fault-command.js';
import type { FaultCommand } from '../faults/fault-plan.js';
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

export type CodecFactory = (context: AnswerContext, onRequest: (request: PendingRequest) => void) => RequestCodec;

export const createTextCodec: CodecFactory = (context, onRequest) =>
  new TextRequestParser({
    itemSizeMax: context.facts.itemSizeMax,
    onRequest: (request) => {
      onRequest(textRequest(context, request));
    },
  });

function textRequest(context: AnswerContext, request: TextRequest): PendingRequest {
  return {
    faultCommand: textFaultCommand(request),
    answer: (writer) => answerText(context, request, writer),
    fail: (writer, message) => {
      writeLine(writer, `SERVER_ERROR ${message}`);
    },
  };
}
