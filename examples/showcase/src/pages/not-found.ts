import { NotFoundException } from '@nestjs/common';

/** A country code as it stands in addresses, in capitals; anything else is a page that does not exist. */
export function parseCode(text: string): string {
  const code = text.toUpperCase();
  if (!/^[A-Z]{3}$/.test(code)) throw unknownCountry(text);
  return code;
}

export function unknownCountry(code: string): NotFoundException {
  return new NotFoundException(`There is no country “${code.slice(0, 20)}” in this atlas.`);
}
