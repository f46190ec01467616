/**
 * The bytes of a key as a string of characters 0 to 255, so that every hash reads them with charCodeAt: for the ASCII
 * keys of real life that is the key itself, without a copy.
 */

const LAST_ASCII = 0x7f;

/** The UTF-8 bytes of `text`, one character each. */
export function utf8ByteString(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** The lowest byte of every code point of `text`, one character each. */
export function lowByteString(text: string): string {
  if (isAscii(text)) return text;
  return Array.from(text, (character) => String.fromCharCode((character.codePointAt(0) ?? 0) & 0xff)).join('');
}

function isAscii(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) > LAST_ASCII) return false;
  return true;
}
