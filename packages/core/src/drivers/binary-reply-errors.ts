import { MemcacheError, type ErrorName, type MemcacheErrorFacts } from '@memkit/protocol';
import { binaryStatus, type BinaryReply } from '@memkit/protocol/internal';
import type { DriverSession } from './driver-session.js';

const names: ReadonlyMap<number, ErrorName> = new Map<number, ErrorName>([
  [binaryStatus.tooLarge, 'ITEM_TOO_LARGE'],
  [binaryStatus.invalidArguments, 'CLIENT_ERROR'],
  [binaryStatus.notANumber, 'NOT_A_NUMBER'],
  [binaryStatus.unknownCommand, 'UNKNOWN_COMMAND'],
  [binaryStatus.notSupported, 'UNKNOWN_COMMAND'],
  [binaryStatus.outOfMemory, 'SERVER_ERROR'],
  [binaryStatus.internalError, 'SERVER_ERROR'],
  [binaryStatus.busy, 'SERVER_ERROR'],
  [binaryStatus.temporaryFailure, 'SERVER_ERROR'],
]);

const NOT_LOGGED_IN_HINT = 'The server wants a login: give username and password.';

/** A status that is not success, as the error the caller gets. Behind a login, a refusal is about permission. */
export function binaryStatusError(
  reply: BinaryReply,
  facts: MemcacheErrorFacts,
  { isLoggedIn }: DriverSession,
): MemcacheError {
  const code = `status 0x${reply.status.toString(16).padStart(4, '0')}`;
  const text = reply.data.toString('utf8');
  const detail = text === '' ? `the server answered ${code}` : `the server answered ${code} "${text}"`;
  if (reply.status === binaryStatus.authFailed) {
    return isLoggedIn
      ? new MemcacheError('NOT_PERMITTED', { ...facts, detail })
      : new MemcacheError('AUTH_FAILED', { ...facts, detail, hint: NOT_LOGGED_IN_HINT });
  }
  const name = names.get(reply.status);
  // The text of an unforeseen status may be anything, a value too, so it is not shown.
  return name === undefined
    ? new MemcacheError('UNEXPECTED_REPLY', { ...facts, detail: `the server answered ${code}` })
    : new MemcacheError(name, { ...facts, detail });
}
