/** One row per opcode: which parts a request must have, and what it means. */
import type { BinaryHeader } from './binary-header.js';
import { binaryOpcodes, type BinaryOpcodeName } from './binary-opcodes.js';
import type { BinaryFrame, BinaryRequest } from './binary-request.js';

interface Parts {
  readonly header: BinaryHeader;
  readonly extras: Buffer;
  readonly key: string;
  readonly data: Buffer;
}

type WithoutFrame<Request> = Request extends unknown ? Omit<Request, keyof BinaryFrame> : never;
export type BinaryMeaning = WithoutFrame<BinaryRequest>;

export interface RequestShape {
  /** Allowed lengths of the extras. */
  readonly extras: readonly number[];
  readonly key: 'none' | 'some' | 'any';
  /** `unread`: memcached does not look whether bytes follow the key, and takes them for the next request. */
  readonly value: 'none' | 'any' | 'unread';
  readonly quiet: boolean;
  /** What the parser does with the value. */
  readonly kind: 'plain' | 'store' | 'sasl' | 'quit';
  readonly mode?: 'set' | 'add' | 'replace' | 'append' | 'prepend';
  readonly build: (parts: Parts) => BinaryMeaning;
}

type ShapeInput = Partial<Omit<RequestShape, 'build'>> & Pick<RequestShape, 'build'>;

const shapes = new Map<number, RequestShape>();

/** Adds the command and, when it has one, its quiet form. */
function add(name: BinaryOpcodeName, input: ShapeInput, quietName?: BinaryOpcodeName): void {
  const shape: RequestShape = { extras: [0], key: 'none', value: 'none', quiet: false, kind: 'plain', ...input };
  shapes.set(binaryOpcodes[name], shape);
  if (quietName !== undefined) shapes.set(binaryOpcodes[quietName], { ...shape, quiet: true });
}

function get(name: BinaryOpcodeName, quietName: BinaryOpcodeName, withKey: boolean): void {
  const build = ({ key }: Parts): BinaryMeaning => ({ op: 'get', key, withKey, withValue: true, exptime: undefined });
  add(name, { key: 'some', build }, quietName);
}

function touch(
  name: BinaryOpcodeName,
  quietName: BinaryOpcodeName | undefined,
  shown: { readonly withKey: boolean; readonly withValue: boolean },
): void {
  const build = ({ key, extras }: Parts): BinaryMeaning => ({
    op: 'get',
    key,
    ...shown,
    exptime: extras.readUInt32BE(0),
  });
  add(name, { extras: [4], key: 'some', value: 'unread', build }, quietName);
}

function store(mode: 'set' | 'add' | 'replace', quietName: BinaryOpcodeName): void {
  const build = ({ header, extras, key, data }: Parts): BinaryMeaning => ({
    op: 'store',
    mode,
    key,
    flags: extras.readUInt32BE(0),
    exptime: extras.readUInt32BE(4),
    cas: header.cas,
    data,
  });
  add(mode, { extras: [8], key: 'some', value: 'any', kind: 'store', mode, build }, quietName);
}

function join(mode: 'append' | 'prepend', quietName: BinaryOpcodeName): void {
  const build = ({ header, key, data }: Parts): BinaryMeaning => ({
    op: 'store',
    mode,
    key,
    flags: 0,
    exptime: 0,
    cas: header.cas,
    data,
  });
  add(mode, { key: 'some', value: 'any', kind: 'store', mode, build }, quietName);
}

function arithmetic(direction: 'increment' | 'decrement', quietName: BinaryOpcodeName): void {
  const build = ({ header, extras, key }: Parts): BinaryMeaning => ({
    op: 'arithmetic',
    direction,
    key,
    by: extras.readBigUInt64BE(0),
    initial: extras.readBigUInt64BE(8),
    exptime: extras.readUInt32BE(16),
    cas: header.cas,
  });
  add(direction, { extras: [20], key: 'some', build }, quietName);
}

function sasl(name: BinaryOpcodeName, op: 'sasl-start' | 'sasl-step'): void {
  const build = ({ key, data }: Parts): BinaryMeaning => ({ op, mechanism: key, message: data });
  add(name, { key: 'some', value: 'any', kind: 'sasl', build });
}

get('get', 'getQuiet', false);
get('getKey', 'getKeyQuiet', true);
touch('touch', undefined, { withKey: false, withValue: false });
touch('getAndTouch', 'getAndTouchQuiet', { withKey: false, withValue: true });
touch('getAndTouchKey', 'getAndTouchKeyQuiet', { withKey: true, withValue: true });
store('set', 'setQuiet');
store('add', 'addQuiet');
store('replace', 'replaceQuiet');
join('append', 'appendQuiet');
join('prepend', 'prependQuiet');
arithmetic('increment', 'incrementQuiet');
arithmetic('decrement', 'decrementQuiet');
sasl('saslAuthenticate', 'sasl-start');
sasl('saslStep', 'sasl-step');
add('saslListMechanisms', { build: () => ({ op: 'sasl-list' }) });
add('delete', { key: 'some', build: ({ header, key }) => ({ op: 'delete', key, cas: header.cas }) }, 'deleteQuiet');
add(
  'flush',
  {
    extras: [0, 4],
    build: ({ extras }) => ({ op: 'flush', exptime: extras.length === 0 ? 0 : extras.readUInt32BE(0) }),
  },
  'flushQuiet',
);
add('stat', { key: 'any', value: 'unread', build: ({ key }) => ({ op: 'stats', group: key }) });
add('version', { build: () => ({ op: 'version' }) });
add('noop', { build: () => ({ op: 'noop' }) });
add('quit', { kind: 'quit', build: () => ({ op: 'quit' }) }, 'quitQuiet');

export const BINARY_REQUEST_SHAPES: ReadonlyMap<number, RequestShape> = shapes;
