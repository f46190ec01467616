import type { Request } from 'express';
import 'express-session';

declare module 'express-session' {
  interface SessionData {
    /** Codes of the countries to compare. */
    basket?: string[];
  }
}

export const BASKET_SIZE = 4;

/** The visitor's basket; it lives in the session, and the session in memcache. */
export function readBasket({ session }: Request): readonly string[] {
  return session.basket ?? [];
}

/** Adding to a full basket drops its oldest country. */
export function addToBasket(request: Request, code: string): void {
  const others = readBasket(request).filter((each) => each !== code);
  request.session.basket = [...others, code].slice(-BASKET_SIZE);
}

export function removeFromBasket(request: Request, code: string): void {
  request.session.basket = readBasket(request).filter((each) => each !== code);
}
