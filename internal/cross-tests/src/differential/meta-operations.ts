/** Random requests of the meta protocol: every command and every flag, in any order, sometimes wrong. */
import type { SeededRandom } from '@memkit/testing';
import { ENCODED_KEYS, KEYS, LONG_KEYS, ODD_KEYS as PLAIN_ODD_KEYS } from './every-key.js';
import { lineOperation, type Operation } from './operation.js';
import { EXPTIMES, VALUES } from './text-operations.js';

const NUMBERS = ['0', '7', '9', '10', '42', '18446744073709551615'];
const ODD_KEYS = [...LONG_KEYS, ...PLAIN_ODD_KEYS, ...ENCODED_KEYS];
const EVERY_LETTER = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-+=!~\x7f\xe9'.split('');

export function metaOperation(random: SeededRandom): Operation {
  const number = (): string =>
    random.chance(0.92)
      ? random.pick(['0', '1', '5', '30', '100'])
      : random.pick(['', 'x', '-1', '-5', '1x', '4294967295', '4294967296', '99999999999999999999', '2592001', '+3']);
  const cas = (): string =>
    random.chance(0.9)
      ? `<cas+${String(random.below(60))}>`
      : random.pick(['0', '1', '', 'x', '-1', '18446744073709551615', '18446744073709551616', '999999']);
  const isBinaryKey = random.chance(0.05);
  const key = (): string => {
    if (random.chance(0.02)) return random.pick(ODD_KEYS);
    const plain = random.pick(KEYS);
    return isBinaryKey ? Buffer.from(plain).toString('base64') : plain;
  };
  const opaque = (): string =>
    random.pick(['O', 'O1', 'Oabc', 'O123456789012345678901234567890', `O${'o'.repeat(31)}`, `O${'o'.repeat(40)}`]);
  const exptime = (): string => `T${random.chance(0.9) ? random.pick(EXPTIMES) : number()}`;
  const everywhere = (): string[] => [
    ...random.some(['k', 'q', 'P1', 'L2', 'Lx', 'P'], 0.1),
    ...(random.chance(0.2) ? [random.chance(0.9) ? random.pick(['Oab', 'O1', 'O77']) : opaque()] : []),
    ...(isBinaryKey ? ['b'] : []),
    ...(random.chance(0.015) ? [random.pick(EVERY_LETTER) + random.pick(['', '1', 'x'])] : []),
  ];
  const flags = (own: readonly string[]): string => {
    const tokens = random.shuffle([...own, ...everywhere()]);
    if (random.chance(0.01)) tokens.push(random.pick(['k', 'k', 'v', 'O1', 'q', 'c']));
    if (random.chance(0.003)) tokens.push(...'abcdefghijklmnopqrstu'.slice(0, 14 + random.below(8)).split(''));
    return tokens.map((token) => ` ${token}`).join('');
  };
  const end = (): string => (random.chance(0.02) ? random.pick(['\n', ' \r\n', '\t\r\n']) : '\r\n');
  const data = (): string => random.pick(random.chance(0.5) ? NUMBERS : VALUES);

  const get = (): string =>
    `mg ${key()}${flags([
      ...random.some(['v', 'c', 'f', 's', 't', 'h', 'l', 'k'], 0.3),
      ...random.some([`N${number()}`, `R${number()}`, exptime(), `E${number()}`], 0.15),
      ...(random.chance(0.1) ? [`C${cas()}`] : []),
      ...random.some(['u', 'x', 'I', 'S', 'MS'], 0.02),
    ])}${end()}`;
  const set = (): string => {
    const value = data();
    const length = random.chance(0.97)
      ? String(value.length)
      : random.pick([String(value.length + 1), '-1', 'x', '', '2147483647', '1x', 'S5', '99999999999999999999']);
    return `ms ${key()} ${length}${flags([
      ...random.some(
        ['c', 'I', `F${number()}`, exptime(), `E${number()}`, 's', 'N30', 't', 'f', 'h', 'l', 'v', 'u'],
        0.12,
      ),
      ...(random.chance(0.25) ? [`C${cas()}`] : []),
      ...(random.chance(0.4)
        ? [`M${random.chance(0.95) ? random.pick('EASPRseapr'.split('')) : random.pick(['', 'X', 'SS', '+'])}`]
        : []),
      ...random.some(['S5', 'x', 'D1', 'J1'], 0.01),
    ])}${end()}${value}\r\n`;
  };
  const remove = (): string =>
    `md ${key()}${flags([
      ...random.some(['I', 'x', exptime(), `E${number()}`], 0.25),
      ...(random.chance(0.25) ? [`C${cas()}`] : []),
      ...random.some(['c', 't', 'f', 's', 'v', 'N1', 'M', 'F1', 'S1'], 0.02),
    ])}${end()}`;
  const arithmetic = (): string =>
    `ma ${random.chance(0.6) ? (isBinaryKey ? 'bg==' : 'n') : key()}${flags([
      ...random.some(['v', 'c', 't'], 0.4),
      ...random.some([`N${number()}`, `J${number()}`, `D${number()}`, exptime(), `E${number()}`], 0.25),
      ...(random.chance(0.15) ? [`C${cas()}`] : []),
      ...(random.chance(0.4)
        ? [`M${random.chance(0.95) ? random.pick('IiDd+-'.split('')) : random.pick(['', 'X', 'II', 'incr', 'S'])}`]
        : []),
      ...random.some(['f', 's', 'h', 'l', 'I', 'x', 'u', 'F1'], 0.02),
    ])}${end()}`;
  const line = random.pick([
    get,
    get,
    get,
    get,
    set,
    set,
    set,
    remove,
    arithmetic,
    arithmetic,
    () => (random.chance(0.3) ? `me ${key()}${isBinaryKey || random.chance(0.05) ? ' b' : ''}${end()}` : 'mn\r\n'),
  ])();
  return lineOperation('meta', line);
}
