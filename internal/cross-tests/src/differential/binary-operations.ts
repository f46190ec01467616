/** Random requests of the binary protocol: every opcode, quiet and not, with parts that fit and parts that do not. */
import { binaryOpcodes, type BinaryOpcodeName } from '@memkit/protocol/internal';
import type { SeededRandom } from '@memkit/testing';
import { BINARY_KEYS, KEYS } from './every-key.js';
import { casNumber, showCas, type BinaryFields, type CasValue, type Operation } from './operation.js';
import { VALUES } from './text-operations.js';

const NO_CAS: CasValue = { exactly: 0n };
const NONE = Buffer.alloc(0);
const STAT = binaryOpcodes.stat;
const NAMES = new Map<number, string>(Object.entries(binaryOpcodes).map(([name, opcode]) => [opcode, name]));
const NUMBERS = ['0', '7', '9', '10', '42', '18446744073709551615', '12ab', ' 5', '5 ', '-1'];
const EXPTIMES = [0, 0, 0, 100, 2592000, 2592001, 1, 4294967295, 4294967294, 2147483648, 3000000000];

export function binaryFrame(fields: BinaryFields): Operation {
  const { opcode, extras, key, value, cas, opaque } = fields;
  const keyBytes = fields.keyBytes ?? key.length;
  const extrasBytes = fields.extrasBytes ?? extras.length;
  const bodyBytes = fields.bodyBytes ?? extras.length + key.length + value.length;
  const odd = Object.entries(fields).filter(([name]) => /magic|dataType|vbucket|Bytes/.test(name));
  return {
    protocol: 'binary',
    frame: fields,
    shown: `${NAMES.get(opcode) ?? `opcode 0x${opcode.toString(16)}`} ${JSON.stringify({
      ...(extras.length > 0 && { extras: extras.toString('hex') }),
      key: key.length > 100 ? `${String(key.length)} bytes` : key,
      ...(value !== '' && { value: value.length > 100 ? `${String(value.length)} bytes` : value }),
      cas: showCas(cas),
      ...Object.fromEntries(odd),
    })}`,
    bytes: (base) => {
      const header = Buffer.alloc(24);
      header.writeUInt8(fields.magic ?? 0x80, 0);
      header.writeUInt8(opcode, 1);
      header.writeUInt16BE(keyBytes, 2);
      header.writeUInt8(extrasBytes, 4);
      header.writeUInt8(fields.dataType ?? 0, 5);
      header.writeUInt16BE(fields.vbucket ?? 0, 6);
      header.writeUInt32BE(bodyBytes, 8);
      header.writeUInt32BE(opaque, 12);
      header.writeBigUInt64BE(casNumber(cas, base), 16);
      return Buffer.concat([header, extras, Buffer.from(key + value, 'latin1')]);
    },
  };
}

export function binaryOperation(random: SeededRandom): Operation {
  return binaryFrame(binaryFields(random));
}

/** A request whose parts do not fit, behind which the connection ends. */
export function lastBinaryOperation(random: SeededRandom): Operation {
  const fields = binaryFields(random);
  const kind = random.below(9);
  const bodyBytes = fields.extras.length + fields.key.length + fields.value.length;
  if (kind === 0) return binaryFrame({ ...fields, magic: random.pick([0x00, 0x81, 0x67, 0xff]) });
  if (kind === 1)
    return binaryFrame({ ...fields, bodyBytes: Math.max(0, fields.extras.length + fields.key.length - 1) });
  if (kind === 2) return binaryFrame({ ...fields, key: 'k'.repeat(random.pick([251, 300, 1000])) });
  if (kind === 3) return binaryFrame({ ...fields, extras: Buffer.alloc(random.pick([1, 3, 4, 8, 12, 20, 24])) });
  if (kind === 4) return binaryFrame({ ...fields, key: fields.key === '' || fields.opcode === STAT ? 'a' : '' });
  if (kind === 5) return binaryFrame({ ...fields, value: fields.value === '' ? 'x' : '' });
  if (kind === 6)
    return binaryFrame({
      ...fields,
      opcode: random.pick([binaryOpcodes.quit, binaryOpcodes.quitQuiet]),
      key: '',
      extras: NONE,
      value: '',
    });
  if (kind === 7) return binaryFrame({ ...fields, bodyBytes: bodyBytes + random.pick([1, 10, 3000000]) });
  return binaryFrame({ ...fields, keyBytes: 65535, bodyBytes: 65535 + 20 });
}

function binaryFields(random: SeededRandom): BinaryFields {
  const key = (): string => (random.chance(0.02) ? random.pick(BINARY_KEYS) : random.pick(KEYS));
  const cas = (): CasValue => {
    if (random.chance(0.7)) return NO_CAS;
    return random.chance(0.9)
      ? { above: random.below(60) }
      : { exactly: random.pick([1n, 0xffff_ffff_ffff_ffffn, 999_999n]) };
  };
  const u32 = (...numbers: readonly number[]): Buffer => {
    const bytes = Buffer.alloc(numbers.length * 4);
    for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, index * 4);
    return bytes;
  };
  const value = (): string => random.pick(random.chance(0.5) ? NUMBERS : VALUES);
  const opaque = random.below(2 ** 32);
  const opcode = (...names: BinaryOpcodeName[]): number => binaryOpcodes[random.pick(names)];
  const odd = {
    ...(random.chance(0.01) && { dataType: 1 + random.below(255) }),
    ...(random.chance(0.01) && { vbucket: 1 + random.below(65535) }),
  };
  const base = { extras: NONE, value: '', opaque, ...odd };
  return random.pick<() => BinaryFields>([
    () => ({ ...base, opcode: opcode('get', 'getQuiet', 'getKey', 'getKeyQuiet'), key: key(), cas: cas() }),
    () => ({ ...base, opcode: opcode('get', 'getQuiet', 'getKey', 'getKeyQuiet'), key: key(), cas: NO_CAS }),
    () => ({
      ...base,
      opcode: opcode('set', 'add', 'replace', 'setQuiet', 'addQuiet', 'replaceQuiet'),
      extras: u32(random.pick([0, 0, 5, 0xffff_ffff]), random.pick(EXPTIMES)),
      key: key(),
      value: value(),
      cas: cas(),
    }),
    () => ({
      ...base,
      opcode: opcode('set', 'setQuiet'),
      extras: u32(0, 0),
      key: random.pick(KEYS),
      value: value(),
      cas: NO_CAS,
    }),
    () => ({
      ...base,
      opcode: opcode('append', 'prepend', 'appendQuiet', 'prependQuiet'),
      key: key(),
      value: value(),
      cas: cas(),
    }),
    () => ({ ...base, opcode: opcode('delete', 'deleteQuiet'), key: key(), cas: cas() }),
    () => ({
      ...base,
      opcode: opcode('increment', 'decrement', 'incrementQuiet', 'decrementQuiet'),
      extras: u32(
        random.pick([0, 0, 0, 0xffff_ffff]),
        random.pick([1, 5, 90, 0xffff_ffff]),
        random.pick([0, 0, 0xffff_ffff]),
        random.pick([0, 50, 0xffff_ffff]),
        random.pick([0, 100, 0xffff_ffff, 0xffff_fffe, 2592001]),
      ),
      key: random.chance(0.7) ? 'n' : key(),
      cas: cas(),
    }),
    () => ({
      ...base,
      opcode: opcode('touch', 'getAndTouch', 'getAndTouchQuiet', 'getAndTouchKey', 'getAndTouchKeyQuiet'),
      extras: u32(random.pick(EXPTIMES)),
      key: key(),
      cas: cas(),
    }),
    () => ({ ...base, opcode: opcode('noop', 'version'), key: '', cas: cas() }),
    () =>
      random.chance(0.1)
        ? {
            ...base,
            opcode: opcode('flush', 'flushQuiet'),
            extras: random.chance(0.5) ? NONE : u32(random.pick([0, 1, 10, 0xffff_ffff, 3000000])),
            key: '',
            cas: NO_CAS,
          }
        : { ...base, opcode: opcode('noop'), key: '', cas: NO_CAS },
    () =>
      random.chance(0.3)
        ? {
            ...base,
            opcode: opcode('saslListMechanisms', 'saslAuthenticate', 'saslStep'),
            key: random.pick(['', 'PLAIN', 'x'.repeat(40)]),
            value: random.pick(['', '\0ada\0x']),
            cas: NO_CAS,
          }
        : { ...base, opcode: opcode('verbosity'), extras: random.pick([NONE, u32(0), u32(1)]), key: '', cas: NO_CAS },
    () =>
      random.chance(0.3)
        ? {
            ...base,
            opcode: opcode('stat'),
            key: random.pick(['bogus', 'detail', 'detail x', 'reset', 'x y']),
            cas: NO_CAS,
          }
        : { ...base, opcode: random.pick([0x1f, 0x25, 0x30, 0x3c, 0x40, 0x7f, 0x80, 0xff]), key: '', cas: NO_CAS },
  ])();
}
