import type { ServerCredentials } from '../server-options.js';
import type { AnswerContext } from './answer-text.js';
import type { SessionOptions } from './client-session.js';
import { detectProtocol } from './protocol-detector.js';
import { createTextCodec } from './request-codec.js';

/** The codec for a connection's first byte. */
export function chooseCodec(
  context: AnswerContext,
  users: readonly ServerCredentials[],
): SessionOptions['createCodec'] {
  return (firstByte, onRequest) => {
    const protocol = detectProtocol(firstByte);
    if (protocol === 'text' && users.length === 0) return createTextCodec(context, onRequest);
    return undefined;
  };
}
