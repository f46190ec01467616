/** Two reading methods of a class that would find each other's entries under one key. */
import { readersOfStandIns } from './method-metadata.js';
import { invalidDecorator, type MethodPlace } from './method-place.js';
import type { Reader } from './reader.js';

const byTarget = new WeakMap<object, readonly Reader[]>();

/** @throws `MEMCACHE_INVALID_DECORATOR` */
export function recordReader(target: object, reader: Reader): void {
  const place: MethodPlace = { target, name: reader.name };
  const own = byTarget.get(target) ?? [];
  if (own.some((other) => doBothRead(other, reader))) throw readsTwice(place, reader);
  const inherited: Reader[] = [];
  for (let at = parentOf(target); at !== null; at = parentOf(at)) inherited.push(...(byTarget.get(at) ?? []));
  assertApart(place, reader, [...own, ...inherited]);
  byTarget.set(target, [...own, reader]);
}

const checked = new WeakSet();

/** Of standard decorators: runs with the first object of the class as `this`, or with the class for static methods. */
export function assertNoClash(this: unknown): void {
  const target: unknown = typeof this === 'function' ? this : Object.getPrototypeOf(this);
  if (typeof target !== 'function' && (typeof target !== 'object' || target === null)) return;
  if (checked.has(target)) return;
  const seen: Reader[] = [];
  const overridden = new Set<string | symbol>();
  for (let at: object | null = target; at !== null; at = parentOf(at)) {
    const own: Reader[] = [];
    for (const reader of readersOfStandIns(at)) {
      if (overridden.has(reader.name)) continue;
      const place: MethodPlace = { target: at, name: reader.name };
      if (own.some((other) => doBothRead(other, reader))) throw readsTwice(place, reader);
      assertApart(place, reader, seen);
      own.push(reader);
      seen.push(reader);
    }
    for (const name of Reflect.ownKeys(at)) overridden.add(name);
  }
  checked.add(target);
}

function assertApart(place: MethodPlace, reader: Reader, others: readonly Reader[]): void {
  const clash = others.find((other) => doClash(reader, other));
  if (!clash) return;
  if (clash.form !== reader.form) {
    const detail = `${String(clash.name)} has ${clash.decorator} under the same namespace, and counters are stored as plain numbers`;
    throw invalidDecorator(reader.decorator, place, detail, 'Give counters a namespace of their own.');
  }
  const detail = `${String(clash.name)} reads under the same default namespace, so each would find the other's results`;
  const hint = "Give it one: { namespace: 'user' }. Each of the two needs its own.";
  throw invalidDecorator(reader.decorator, place, detail, hint);
}

/** The same method, on a hit of one of which the other does not run. */
function doBothRead(one: Reader, other: Reader): boolean {
  return one.name === other.name && one.isReading && other.isReading;
}

function doClash(one: Reader, other: Reader): boolean {
  if (one.namespace !== other.namespace) return false;
  if (one.form !== other.form) return true;
  if (one.name === other.name) return false;
  if (!one.isReading || !other.isReading) return false;
  return one.namespace === undefined && one.decorator === other.decorator && one.key === other.key;
}

function readsTwice(place: MethodPlace, { decorator }: Reader) {
  const detail = 'another decorator on it reads already, and on a hit only one of them runs';
  return invalidDecorator(decorator, place, detail, 'Keep one reading decorator; others may update or invalidate.');
}

function parentOf(at: object): object | null {
  return Object.getPrototypeOf(at) as object | null;
}
