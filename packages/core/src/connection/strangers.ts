/** Servers that are no memcached, recognized by the first bytes they send. The bytes themselves are never shown. */
import { TOO_MANY_CONNECTIONS } from '../drivers/too-many-connections.js';
import type { ProtocolChoice } from '../options/memcache-options.js';
import type { ConnectionFailure } from './connection-errors.js';

const BINARY_REPLY_MAGIC = 0x81;
const LONGEST_TELLING_START = 64;

interface Stranger {
  /** As in "… answered". */
  readonly name: string;
  readonly hint: string;
  readonly matches: (head: Buffer) => boolean;
}

const OTHER_PORT = 'Check host and port: this is another kind of server.';
const startsWith = (...starts: readonly string[]) => {
  return (head: Buffer): boolean => {
    const text = head.toString('latin1', 0, 16);
    return starts.some((start) => text.startsWith(start));
  };
};

const strangers: readonly Stranger[] = [
  { name: 'an HTTP server', hint: OTHER_PORT, matches: startsWith('HTTP/') },
  { name: 'a Redis server', hint: OTHER_PORT, matches: startsWith('-ERR', '-NOAUTH', '-DENIED', '-WRONGPASS') },
  { name: 'an SSH server', hint: OTHER_PORT, matches: startsWith('SSH-') },
  { name: 'a mail or FTP server', hint: OTHER_PORT, matches: startsWith('220 ', '220-', '+OK ', '* OK ') },
  { name: 'an AMQP server', hint: OTHER_PORT, matches: startsWith('AMQP') },
  {
    name: 'a MySQL server',
    hint: OTHER_PORT,
    // Initial handshake: 3 bytes length, sequence number 0, protocol version 10 and the version as text; or an error
    // packet, 0xff (MySQL internals, "Protocol::HandshakeV10", "ERR_Packet").
    matches: (head) =>
      head.length > 5 && head[3] === 0 && (head[4] === 0xff || (head[4] === 0x0a && isDigit(head[5] ?? 0))),
  },
  {
    name: 'a PostgreSQL server',
    hint: OTHER_PORT,
    // ErrorResponse: 'E', 4 bytes length, field type 'S' (PostgreSQL, "Message Formats").
    matches: (head) => head.length > 5 && head[0] === 0x45 && head[1] === 0 && head[2] === 0 && head[5] === 0x53,
  },
  {
    name: 'a TLS server',
    hint: 'The port wants TLS: use memcaches:// or the option tls.',
    // An alert record, version 3.x (RFC 8446, section 5.1).
    matches: (head) => head.length > 1 && head[0] === 0x15 && head[1] === 0x03,
  },
];

/** @param head the first bytes of a connection, as many as there are */
export function recognizeStranger(head: Buffer): ConnectionFailure | undefined {
  const stranger = strangers.find(({ matches }) => matches(head));
  return stranger && { name: 'WRONG_PROTOCOL', detail: `${stranger.name} answered`, hint: stranger.hint };
}

/** The port speaks only text. */
export const TEXT_ONLY: ConnectionFailure = {
  name: 'WRONG_PROTOCOL',
  detail: 'the port speaks the text protocols only, and the client speaks binary',
  hint: "Use protocol 'auto', 'meta' or 'text'.",
};

/** The port speaks only binary, as memcached -S does. */
export const BINARY_ONLY: ConnectionFailure = {
  name: 'WRONG_PROTOCOL',
  detail: 'the port speaks the binary protocol and expects a SASL login, and the client speaks text',
  hint: "Give username and password, or use protocol 'auto' or 'binary'.",
};

/** `BINARY_ONLY` to a client that has the credentials, and was told to use them in text. */
export function withSaslAdvice(failure: ConnectionFailure, protocol: ProtocolChoice): ConnectionFailure {
  if (failure !== BINARY_ONLY) return failure;
  const way = protocol === 'auto' ? 'Leave' : "Use protocol 'auto' or 'binary', and leave";
  const hint = `${way} auth.mechanism out: the SASL login takes the same username and password.`;
  return { ...failure, detail: 'the port expects a SASL login, and the client logs in as text', hint };
}

/** A memcached that answers in another protocol than it was asked in. */
export function recognizeOtherWire(head: Buffer, spoken: 'text' | 'binary'): ConnectionFailure | undefined {
  if (spoken === 'text') return head[0] === BINARY_REPLY_MAGIC ? BINARY_ONLY : undefined;
  const text = head.toString('latin1', 0, LONGEST_TELLING_START);
  if (TOO_MANY_CONNECTIONS.pattern.test(text.replace(/^ERROR /, ''))) return undefined;
  return /^(ERROR|CLIENT_ERROR|VERSION )/.test(text) ? TEXT_ONLY : undefined;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}
