import { NotFoundException } from '@nestjs/common';

/** A 404 whose message is written for visitors. */
export class UnknownCountry extends NotFoundException {
  constructor(code: string) {
    super(`There is no country “${code.slice(0, 20)}” in this atlas.`);
  }
}

/** A country code as it stands in addresses, in capitals; anything else is a page that does not exist. */
export function parseCode(text: string): string {
  const code = text.toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw new UnknownCountry(text);
  return code;
}
