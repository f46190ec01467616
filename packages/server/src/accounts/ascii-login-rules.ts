/**
 * How memcached -Y reads what somebody without a login sends, by its version (measured on both). Pure.
 *
 *                                1.6.18                        1.6.45
 *   a line is looked at from     2 bytes on                    3 bytes on
 *   a line below 7 bytes         is read like any other        ends the connection
 *   the end of a line            LF, and a CR in front of it   LF and whatever is in front of it
 *   the command                  the first word is `set`       the line begins with `set`
 *   the length                   as C reads numbers            digits alone, at most 16 KiB
 *   username and password        the first two words           around the first space
 */
import { readStrictUint32, readUint32, type MemcachedVersion } from '@memkit/protocol/internal';

/** What somebody without a login has sent. */
export type LoginAttempt =
  | { readonly op: 'login'; readonly username: string; readonly password: string }
  | { readonly op: 'refused'; readonly reply: string }
  /** The connection ends. */
  | { readonly op: 'garbage' };

export interface LoginRules {
  /** A line is not looked at before this many bytes have come. */
  readonly leastBytes: number;
  /** @returns bytes of the data behind it, or what is wrong. @param line without its line feed */
  readLine(line: Buffer): number | LoginAttempt;
  /** @param data without its line end */
  readData(data: Buffer): LoginAttempt;
}

const SPACE = 0x20;
/** With its line end. */
const SHORTEST_LINE_BYTES = 7;
const MOST_TOKEN_BYTES = 16 * 1024;
const GARBAGE: LoginAttempt = { op: 'garbage' };
const UNAUTHENTICATED = refused('unauthenticated');
const BAD_TOKEN = refused('bad authentication token format');

export const LOGIN_RULES: Readonly<Record<MemcachedVersion, LoginRules>> = {
  '1.6.18': {
    leastBytes: 2,
    readLine(line) {
      const words = cWords(line);
      return (words[0] === 'set' ? readUint32(words[4] ?? '') : undefined) ?? UNAUTHENTICATED;
    },
    readData(data) {
      const [username, password] = cWords(data);
      return username === undefined || password === undefined ? BAD_TOKEN : { op: 'login', username, password };
    },
  },
  '1.6.45': {
    leastBytes: 3,
    readLine(line) {
      if (line.length + 1 < SHORTEST_LINE_BYTES) return GARBAGE;
      const text = line.toString('latin1', 0, line.length - 1);
      const words = text.split(' ').filter((word) => word !== '');
      const bytes = text.startsWith('set') ? readStrictUint32(words[4] ?? '') : undefined;
      if (bytes === undefined) return UNAUTHENTICATED;
      return bytes > MOST_TOKEN_BYTES ? refused('auth token too long') : bytes;
    },
    readData(data) {
      const space = data.indexOf(SPACE);
      if (space < 0) return BAD_TOKEN;
      return { op: 'login', username: data.toString('utf8', 0, space), password: data.toString('utf8', space + 1) };
    },
  },
};

export function refused(reply: string): LoginAttempt {
  return { op: 'refused', reply: `CLIENT_ERROR ${reply}` };
}

/** As C reads them: up to a NUL, separated by spaces alone. */
function cWords(bytes: Buffer): readonly string[] {
  const nul = bytes.indexOf(0);
  const text = bytes.toString('utf8', 0, nul < 0 ? bytes.length : nul);
  return text.split(' ').filter((word) => word !== '');
}
