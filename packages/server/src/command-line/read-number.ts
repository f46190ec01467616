import { cannotStart } from './cannot-start.js';

const SIZES: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 * 1024 };

/** @throws `MEMCACHE_INVALID_OPTION` unless the text is a whole number, of at least `least` */
export function readNumber(text: string, option: string, least = 0): number {
  if (/^\d{1,15}$/.test(text) && Number(text) >= least) return Number(text);
  throw cannotStart(`${option} is ${JSON.stringify(text)}`, `Give a whole number from ${String(least)}.`);
}

/** As memcached's -I: `2m`, `512k`, `1048576`. */
export function readBytes(text: string, option: string): number {
  const [, digits, unit] = /^(\d{1,12})([km]?)$/i.exec(text) ?? [];
  if (digits !== undefined && unit !== undefined) return Number(digits) * (SIZES[unit.toLowerCase()] ?? 1);
  throw cannotStart(`${option} is ${JSON.stringify(text)}`, 'Give bytes, or a number with k or m behind it: 2m.');
}

/** As memcached's -a: `770`. */
export function readMode(text: string, option: string): number {
  if (/^0?[0-7]{1,3}$/.test(text)) return Number.parseInt(text, 8);
  throw cannotStart(`${option} is ${JSON.stringify(text)}`, 'Give permission bits in octal: 770.');
}
