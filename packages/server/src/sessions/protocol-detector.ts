import { BINARY_REQUEST_MAGIC } from '@memkit/protocol/internal';
import type { ConnectionLogin } from '../accounts/connection-login.js';
import type { AnswerContext } from './answer-context.js';
import { AsciiCodec } from './ascii-codec.js';
import type { OnRequest, RequestCodec } from './pending-request.js';
import { createBinaryCodec, createTextCodec } from './request-codec.js';

/**
 * The codec for a connection, by its first byte and for its whole life (protocol_binary.xml, "magic byte").
 * With the login of memcached -S every byte is read as binary: text gets no answer, and the connection ends once as many
 * bytes as a binary header has have come (measured on 1.6.18). With the login of memcached -Y every byte is read as text.
 */
export function detectCodec(
  context: AnswerContext,
  login: ConnectionLogin | undefined,
  firstByte: number,
  onRequest: OnRequest,
): RequestCodec {
  switch (login?.kind) {
    case 'sasl':
      return createBinaryCodec(context, login, onRequest);
    case 'ascii':
      return new AsciiCodec(login, createTextCodec(context, login, onRequest), context.store, onRequest);
    default: {
      const createCodec = firstByte === BINARY_REQUEST_MAGIC ? createBinaryCodec : createTextCodec;
      return createCodec(context, login, onRequest);
    }
  }
}
