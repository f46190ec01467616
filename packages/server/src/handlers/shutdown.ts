import { writeLine, type ByteWriter, type ClassicRequest } from '@memkit/protocol/internal';
import type { ServerFacts } from '../server-facts.js';
import type { Answered } from '../sessions/answered.js';

/** shutdown and shutdown graceful: nothing is answered, the connection ends, and the rest is up to the server's owner. */
export function answerShutdown(
  { version, onShutdown }: ServerFacts,
  { words, quiet }: Extract<ClassicRequest, { op: 'shutdown' }>,
  writer: ByteWriter,
): Answered {
  const isMode = words.length === 0 || (words.length === 1 && words[0] === 'graceful');
  if (onShutdown !== undefined && isMode) {
    // Behind this answer: the owner may close this connection at once.
    queueMicrotask(onShutdown);
    return 'close';
  }
  const refusal = `${version === '1.6.18' ? '' : 'SERVER_'}ERROR: shutdown not enabled`;
  if (!quiet) writeLine(writer, onShutdown === undefined ? refusal : 'CLIENT_ERROR invalid shutdown mode');
  return undefined;
}
