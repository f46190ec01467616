import { BINARY_REQUEST_MAGIC } from '@memkit/protocol/internal';
import { AccountList } from '../accounts/account-list.js';
import { ConnectionLogin } from '../accounts/connection-login.js';
import { SaslGate } from '../accounts/sasl-gate.js';
import type { ServerCredentials } from '../server-options.js';
import type { AnswerContext } from './answer-text.js';
import { createBinaryCodec, createTextCodec, type OnRequest, type RequestCodec } from './request-codec.js';

/**
 * The codec for a connection, by its first byte and for its whole life (protocol_binary.xml, "magic byte").
 * A server with users reads every byte as binary, as memcached -S does: text gets no answer, and the connection ends
 * once as many bytes as a binary header has have come (measured on 1.6.18).
 */
export function detectCodec(
  context: AnswerContext,
  users: readonly ServerCredentials[],
  firstByte: number,
  onRequest: OnRequest,
): RequestCodec {
  const isBinary = users.length > 0 || firstByte === BINARY_REQUEST_MAGIC;
  if (!isBinary) return createTextCodec(context, onRequest);
  const login = users.length === 0 ? undefined : new ConnectionLogin(new AccountList('sasl', users), () => undefined);
  return createBinaryCodec(context, new SaslGate(login), onRequest);
}
