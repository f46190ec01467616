import { randomBytes } from 'node:crypto';

/** A fresh random token: 72 bits, so that a token that was lost and made again never repeats an old one. */
export function randomToken(): string {
  return randomBytes(9).toString('base64url');
}
