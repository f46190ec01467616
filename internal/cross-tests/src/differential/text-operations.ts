/** Random requests of the classic text protocol: every command, with good, odd and wrong words. */
import type { SeededRandom } from '@memkit/testing';
import { KEYS, LONG_KEYS, ODD_KEYS } from './every-key.js';
import { lineOperation, type Operation } from './operation.js';

export const EXPTIMES = ['0', '0', '0', '0', '100', '-1', '2592000', '2592001', '5000', '1'];
const ODD_EXPTIMES = [
  '-100',
  '4000000000',
  '2147483647',
  '2147483648',
  '-2147483648',
  '4294967295',
  '99999999999999999999',
  '1x',
  'x',
  '+5',
  '1.5',
  '\t7',
];
const FLAGS = ['0', '0', '5', '65535'];
const ODD_FLAGS = ['4294967295', '4294967296', '-1', 'x', '1x', '18446744073709551616', '+1', ''];
export const VALUES = ['', 'x', '7', '99', '100', 'hello', 'x\r\ny', 'v'.repeat(300), 'a\0b'];
const NUMBERS = ['0', '9', '10', '42', '18446744073709551615', '18446744073709551614', '9223372036854775808'];
const ODD_NUMBERS = ['18446744073709551616', '-1', '12ab', '5 ', ' 5', '+5', '00012', '1.5', '1\0x', '\t3', '1e3'];
const DELTAS = ['1', '1', '5', '90', '100', '0', '18446744073709551615'];
const ODD_DELTAS = ['18446744073709551616', '-1', 'x', '1x', '+2', '', '9223372036854775808', '-9223372036854775808'];
const STORES = ['set', 'set', 'set', 'add', 'replace', 'append', 'prepend'];

const BAD_LINES = [
  'bogus',
  '',
  ' ',
  'g',
  'GET a',
  'Get a',
  'get',
  'gets',
  'get ',
  'gat',
  'gat 0',
  'gats 0',
  'set',
  'set a',
  'set a 0',
  'set a 0 0',
  'set a 0 0 ',
  'set a 0 0 1 2 3 4',
  'add a 0 0',
  'cas a 0 0 1',
  'cas a 0 0 1 noreply',
  'incr',
  'incr a',
  'decr n',
  'incr n 1 2 3',
  'delete',
  'delete a 0',
  'delete a 1',
  'delete a 0 noreply',
  'delete a 0 0',
  'delete a 0 0 0',
  'delete a b noreply',
  'touch',
  'touch a',
  'touch a 1 2 3',
  'version',
  'version x',
  'version x y z',
  'verbosity',
  'verbosity 1',
  'verbosity x',
  'verbosity 0 0',
  'verbosity 1 noreply',
  'verbosity noreply',
  'verbosity 0 0 0',
  'flush_all x',
  'flush_all 0 x',
  'flush_all 0 0 0',
  'flush_all noreply noreply',
  'shutdown',
  'shutdown graceful',
  'shutdown x',
  'misbehave',
  'me',
  'mg',
  'ms',
  'md',
  'ma',
  'mn x',
  'mx a',
  'm',
  'mgg a',
  'getx a',
  'setx a 0 0 1',
  'bget a',
  'get a\0b c',
  '\0get a',
  'get\0a',
  'cache_memlimit',
  'cache_memlimit 1024',
  'cache_memlimit 1024 noreply',
  'cache_memlimit 7',
  'cache_memlimit x',
  'cache_memlimit -1',
  'cache_memlimit 1 2 3',
  'slabs',
  'slabs x',
  'slabs reassign',
  'slabs reassign x y',
  'slabs reassign 1',
  'slabs automove',
  'slabs automove x',
  'slabs automove 0',
  'slabs automove 0 0',
  'lru',
  'lru x',
  'lru mode',
  'lru mode x',
  'lru mode segmented',
  'lru tune',
  'lru tune 20 40 0.2 2.0',
  'lru tune 20 40 x 2.0',
  'lru tune 90 90 0.2 2.0',
  'lru temp_ttl',
  'lru temp_ttl x',
  'lru temp_ttl -1',
  'lru_crawler',
  'lru_crawler x',
  'debugtime',
  'extstore',
  'extstore x y',
  'refresh_certs',
  'misbehave x',
  'incr n 1\tx',
  'stats bogus',
  'stats detail',
  'stats detail x',
  'stats reset',
  'stats noreply',
];

export function textOperation(random: SeededRandom): Operation {
  const oddly = <Word>(usual: readonly Word[], odd: readonly Word[], probability = 0.04): Word =>
    random.pick(random.chance(probability) ? odd : usual);
  const key = (): string => oddly(KEYS, [...LONG_KEYS, ...ODD_KEYS], 0.02);
  const exptime = (): string => oddly(EXPTIMES, ODD_EXPTIMES);
  const flags = (): string => oddly(FLAGS, ODD_FLAGS);
  const noreply = (): string =>
    random.chance(0.12) ? ' noreply' : random.chance(0.02) ? random.pick([' x', ' noreplyx', ' 0', ' NOREPLY']) : '';
  const end = (): string => (random.chance(0.03) ? random.pick(['\n', ' \r\n', '\t\r\n', '\r\r\n']) : '\r\n');
  const space = (): string => (random.chance(0.01) ? '  ' : ' ');
  const cas = (): string =>
    random.chance(0.85)
      ? `<cas+${String(random.below(60))}>`
      : random.pick(['0', '1', '18446744073709551615', '18446744073709551616', '-1', 'x', '1x', '']);
  const data = (): string => (random.chance(0.5) ? oddly(NUMBERS, ODD_NUMBERS, 0.25) : random.pick(VALUES));
  const length = (value: string): string =>
    random.chance(0.97)
      ? String(value.length)
      : random.pick([
          String(value.length + 1),
          String(Math.max(0, value.length - 1)),
          '-1',
          '-2147483648',
          'x',
          '1x',
          '2147483647',
          '2147483646',
          '4294967297',
          '99999999999999999999',
          '',
        ]);
  const store = (): string => {
    const value = data();
    return `${random.pick(STORES)}${space()}${key()} ${flags()} ${exptime()} ${length(value)}${noreply()}${end()}${value}\r\n`;
  };
  const line = random.pick([
    store,
    store,
    store,
    () => {
      const value = data();
      return `cas ${key()} ${flags()} ${exptime()} ${length(value)} ${cas()}${noreply()}${end()}${value}\r\n`;
    },
    () => `${random.pick(['get', 'gets'])}${space()}${key()}${random.chance(0.5) ? ` ${key()}` : ''}${end()}`,
    () => `gets ${random.pick(KEYS)}${end()}`,
    () => `${random.pick(['gat', 'gats'])} ${exptime()} ${key()}${random.chance(0.3) ? ` ${key()}` : ''}${end()}`,
    () => `${random.pick(['incr', 'decr'])} ${key()} ${oddly(DELTAS, ODD_DELTAS)}${noreply()}${end()}`,
    () => `${random.pick(['incr', 'decr'])} n ${random.pick(DELTAS)}\r\n`,
    () => `delete ${key()}${noreply()}${end()}`,
    () => `touch ${key()} ${exptime()}${noreply()}${end()}`,
    () =>
      random.chance(0.1)
        ? `flush_all${random.pick(['', '', ' 0', ' 10', ' -1', ' 1', ' 3000000'])}${noreply()}${end()}`
        : `gets a\r\n`,
    () => (random.chance(0.5) ? `${random.pick(BAD_LINES)}${end()}` : 'version\r\n'),
  ])();
  return lineOperation('text', line);
}

/** A line behind which the connection ends. */
export function lastTextOperation(random: SeededRandom): Operation {
  return lineOperation(
    'text',
    random.pick(['quit\r\n', 'quit now\r\n', 'GET / HTTP/1.1\r\n', 'bogus HTTP/1.0\n', 'set a 0 0 5\r\nabc', 'get a']),
  );
}
