/**
 * The steps with which a connection begins, as a table: what each sends, and what the answer means. Pure: bytes in, verdict
 * out. Each looks at everything it has received so far and says nothing until that is enough.
 *
 *   sasl        binary SASL PLAIN
 *   ascii       memcached -Y: `set <any key> 0 0 <n>\r\n<user> <password>\r\n` (protocol.txt, "Authentication")
 *   memcachier  `set <user> 0 0 <n>\r\n<password>\r\n` (MemCachier's documentation)
 *   detect      `mn\r\nversion\r\n`: does it speak meta, and which version is it
 */
import {
  BinaryReplyParser,
  binaryStatus,
  ByteWriter,
  writeBinarySaslPlain,
  type BinaryReply,
} from '@memkit/protocol/internal';
import type { ProtocolName } from '../drivers/protocol-driver.js';
import { TOO_MANY_CONNECTIONS } from '../drivers/too-many-connections.js';
import { speaks } from '../drivers/version-gates.js';
import type { AuthOptions } from '../options/memcache-options.js';
import type { ConnectionFailure } from './connection-errors.js';
import type { LoginForm } from './connect-plan.js';
import { recognizeStranger } from './strangers.js';

export type HandshakeVerdict =
  /** Logged in. */
  | { readonly type: 'accepted' }
  /** The server has no authentication; `speaksBinary`: it understood the SASL command as one it does not know. */
  | { readonly type: 'noAuthentication'; readonly speaksBinary: boolean }
  /** The port wants the ASCII login of memcached -Y. */
  | { readonly type: 'wantsAsciiLogin' }
  | { readonly type: 'speaks'; readonly protocol: ProtocolName; readonly version: string | undefined }
  | { readonly type: 'failed'; readonly failure: ConnectionFailure };

export interface HandshakeStep {
  /** For messages: `the login took longer than`. */
  readonly phase: string;
  readonly wire: 'text' | 'binary';
  request(auth: AuthOptions | undefined): Buffer;
  /** `undefined`: the answer is not complete. */
  read(received: Buffer): HandshakeVerdict | undefined;
}

export type HandshakeStepName = LoginForm | 'detect';

/**
 * In the opaque of the SASL login. A memcached -Y reads binary bytes as a line without end and stays silent; two line
 * ends make it answer at once "CLIENT_ERROR unauthenticated" (measured on 1.6.18). Others repeat it.
 */
const OPAQUE_OF_LINE_ENDS = 0x0d0a0d0a;
const OPAQUE_AT = 12;
const BINARY_REPLY_MAGIC = 0x81;

/** The key of the ASCII login. A memcached without -Y stores it as an item, so it is deleted in the same write. */
const LOGIN_KEY = 'memkit:login';
/** No answer of a handshake is longer. */
const MAX_ANSWER_BYTES = 1024;

const WANTS_LOGIN_HINT = 'Give username and password.';

const ACCEPTED: HandshakeVerdict = { type: 'accepted' };

export const handshakeSteps: Readonly<Record<HandshakeStepName, HandshakeStep>> = {
  sasl: {
    phase: 'the login',
    wire: 'binary',
    request(auth) {
      const writer = new ByteWriter();
      writeBinarySaslPlain(writer, auth?.username ?? '', auth?.password ?? '');
      const bytes = Buffer.concat(writer.take());
      bytes.writeUInt32BE(OPAQUE_OF_LINE_ENDS, OPAQUE_AT);
      return bytes;
    },
    read(received) {
      return received[0] === BINARY_REPLY_MAGIC ? readSaslReply(received) : readTextToSasl(received);
    },
  },
  ascii: {
    phase: 'the login',
    wire: 'text',
    request(auth) {
      const text = Buffer.from(`${auth?.username ?? ''} ${auth?.password ?? ''}`);
      return Buffer.from(`set ${LOGIN_KEY} 0 0 ${text.length}\r\n${text.toString()}\r\ndelete ${LOGIN_KEY}\r\n`);
    },
    read(received) {
      const [first, second] = readLines(received);
      if (first === undefined) return tooLong(received);
      if (first !== 'STORED') return readLoginRefusal(received, first);
      if (second === undefined) return tooLong(received);
      // Only a server that did not take it for a login has an item to delete.
      return second === 'DELETED' ? { type: 'noAuthentication', speaksBinary: false } : ACCEPTED;
    },
  },
  memcachier: {
    phase: 'the login',
    wire: 'text',
    request(auth) {
      const password = Buffer.from(auth?.password ?? '');
      return Buffer.from(`set ${auth?.username ?? ''} 0 0 ${password.length}\r\n${password.toString()}\r\n`);
    },
    read(received) {
      const [first] = readLines(received);
      if (first === undefined) return tooLong(received);
      return first === 'STORED' ? ACCEPTED : readLoginRefusal(received, first);
    },
  },
  detect: {
    phase: 'asking for the protocol',
    wire: 'text',
    request: () => Buffer.from('mn\r\nversion\r\n'),
    read(received) {
      const [first, second] = readLines(received);
      if (first === undefined) return tooLong(received);
      const failure = readRefusal(received, first);
      if (failure !== undefined) return failed(failure);
      if (!/^(MN|ERROR|CLIENT_ERROR|SERVER_ERROR)\b/.test(first)) return unexpected(received);
      if (second === undefined) return tooLong(received);
      const version = /^VERSION (.+)$/.exec(second)?.[1];
      // A server of another make that knows mn knows the rest of meta too; memcached's own dialects have a version.
      const hasMeta = first === 'MN' && (version === undefined || !/^1\./.test(version) || speaks(version, 'meta'));
      return { type: 'speaks', protocol: hasMeta ? 'meta' : 'text', version };
    },
  },
};

function failed(failure: ConnectionFailure): HandshakeVerdict {
  return { type: 'failed', failure };
}

function readSaslReply(received: Buffer): HandshakeVerdict | undefined {
  let reply: BinaryReply | undefined;
  new BinaryReplyParser((one) => (reply ??= one)).push(received);
  if (reply === undefined) return undefined;
  const { status } = reply;
  if (status === binaryStatus.success) return ACCEPTED;
  if (status === binaryStatus.unknownCommand) return { type: 'noAuthentication', speaksBinary: true };
  const answer = `status 0x${status.toString(16).padStart(4, '0')}`;
  const isRefused = status === binaryStatus.authFailed || status === binaryStatus.authContinue;
  return failed({
    name: isRefused ? 'AUTH_FAILED' : 'UNEXPECTED_REPLY',
    detail: isRefused ? `the server refused the login (${answer})` : `the server answered the login with ${answer}`,
  });
}

/** A port that speaks text only. */
function readTextToSasl(received: Buffer): HandshakeVerdict | undefined {
  const [first] = readLines(received);
  if (first === undefined) return tooLong(received);
  if (isUnauthenticated(first)) return { type: 'wantsAsciiLogin' };
  const failure = readRefusal(received, first);
  if (failure !== undefined) return failed(failure);
  if (/^(ERROR|CLIENT_ERROR)\b/.test(first)) return { type: 'noAuthentication', speaksBinary: false };
  return unexpected(received);
}

function readLoginRefusal(received: Buffer, line: string): HandshakeVerdict {
  if (isUnauthenticated(line)) return failed({ name: 'AUTH_FAILED', detail: 'the server refused the login' });
  const failure = readRefusal(received, line);
  if (failure !== undefined) return failed(failure);
  return unexpected(received, `the server answered the login with ${/^[A-Z_]+/.exec(line)?.[0] ?? 'something else'}`);
}

function isUnauthenticated(line: string): boolean {
  return /^(CLIENT_ERROR|ERROR).*(authenticat|auth)/i.test(line);
}

/** What any step may be told instead of its answer. */
function readRefusal(received: Buffer, line: string): ConnectionFailure | undefined {
  const { pattern, detail, hint } = TOO_MANY_CONNECTIONS;
  if (pattern.test(line.replace(/^ERROR /, ''))) return { name: 'CONNECT_FAILED', detail, hint };
  if (isUnauthenticated(line)) {
    return { name: 'AUTH_FAILED', detail: 'the server answers nobody without a login', hint: WANTS_LOGIN_HINT };
  }
  return recognizeStranger(received);
}

/** The answer is not complete, unless what came can never become one. */
function tooLong(received: Buffer): HandshakeVerdict | undefined {
  const stranger = recognizeStranger(received);
  if (stranger !== undefined) return failed(stranger);
  return received.length > MAX_ANSWER_BYTES || startsWithGarbage(received) ? unexpected(received) : undefined;
}

/** Every text answer of a memcached begins with two capital letters. */
function startsWithGarbage(received: Buffer): boolean {
  return received.length > 0 && !/^[A-Z]{1,2}/.test(received.toString('latin1', 0, 2));
}

function unexpected(
  received: Buffer,
  detail = 'what the server answered is no reply of a memcached',
): HandshakeVerdict {
  const isBinary = received[0] === BINARY_REPLY_MAGIC;
  return failed(recognizeStranger(received) ?? { name: isBinary ? 'WRONG_PROTOCOL' : 'UNEXPECTED_REPLY', detail });
}

/** The whole lines received so far, without their ends. */
function readLines(received: Buffer): string[] {
  const lines = received.toString('latin1').split('\n');
  lines.pop();
  return lines.map((line) => line.replace(/\r$/, ''));
}
