import { MemcacheError, type MemcacheErrorFacts } from '@memkit/protocol';
import type { TextReply } from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';
import { TOO_MANY_CONNECTIONS, tooManyConnections } from './too-many-connections.js';

/** An error line, or a reply the command cannot have, as the error the caller gets. */
export function lineReplyError(reply: TextReply, facts: MemcacheErrorFacts, { version }: DriverSession): MemcacheError {
  const { code, text } = reply;
  const detail = text === '' ? `the server answered ${code}` : `the server answered "${text}"`;
  switch (code) {
    case 'ERROR':
      if (TOO_MANY_CONNECTIONS.pattern.test(text)) return tooManyConnections(facts);
      return new MemcacheError('UNKNOWN_COMMAND', {
        ...facts,
        detail: version === undefined ? detail : `${detail} and is of version ${version}`,
      });
    case 'CLIENT_ERROR':
      return clientError(text, { ...facts, detail });
    case 'SERVER_ERROR':
      // memcached: "object too large for cache"; its proxies and hosted relatives word it alike.
      return new MemcacheError(/too large/i.test(text) ? 'ITEM_TOO_LARGE' : 'SERVER_ERROR', { ...facts, detail });
    default:
      return new MemcacheError('UNEXPECTED_REPLY', { ...facts, detail: `the server answered ${code}` });
  }
}

function clientError(text: string, facts: MemcacheErrorFacts): MemcacheError {
  // memcached: "cannot increment or decrement non-numeric value"
  if (/non-numeric/i.test(text)) return new MemcacheError('NOT_A_NUMBER', facts);
  // @memkit/server for an account without the capability; memcached itself has none.
  if (/not permitted/i.test(text)) return new MemcacheError('NOT_PERMITTED', facts);
  // memcached -Y before a login: "unauthenticated"; after a wrong one: "authentication failure"
  if (/authenticat/i.test(text)) return new MemcacheError('AUTH_FAILED', facts);
  return new MemcacheError('CLIENT_ERROR', facts);
}
