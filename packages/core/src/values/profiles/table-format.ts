/** The format of another client, given as a table of its flags. */
import { MemcacheError } from '@memkit/protocol';
import { corruptValue, notWhatFlagsSay } from '../corrupt-value.js';
import type { EncodedValue } from '../encoded-value.js';
import type { Packing } from '../packing.js';
import { isPlainObject } from '../plain-values.js';
import type { ValueFormat } from '../value-format.js';
import type { ValueKind } from './value-kind.js';

export interface ProfileTable {
  /** In the order in which they are tried for a new value. */
  readonly kinds: readonly ValueKind[];
  /** The bits that tell the kinds apart. Other bits are ignored on read if the client ignores them. */
  readonly kindMask: number;
  /** The kind of decimal digits that the server can count. */
  readonly counterFlags: number;
  /** Compressions by the bits that stand for them; new values get the first. A word: it is not supported. */
  readonly packings: readonly ProfilePacking[];
}

export interface ProfilePacking {
  readonly flags: number;
  /** Its name, for messages, when it is not supported. */
  readonly packing: Packing | string;
  /** New values are not packed this way, because the client reads it only where it was set up to. */
  readonly isOnlyRead?: true;
}

export class TableFormat implements ValueFormat {
  readonly counterFlags: number;
  readonly packing: Packing | undefined;
  readonly #profile: string;
  readonly #table: ProfileTable;
  readonly #kinds: ReadonlyMap<number, ValueKind>;

  constructor(profile: string, table: ProfileTable) {
    this.#profile = profile;
    this.#table = table;
    this.#kinds = new Map(table.kinds.map((kind) => [kind.flags, kind]));
    this.counterFlags = table.counterFlags;
    const usual = table.packings.find(({ packing, isOnlyRead }) => typeof packing !== 'string' && isOnlyRead !== true);
    this.packing = typeof usual?.packing === 'object' ? usual.packing : undefined;
  }

  write(value: unknown, key: string): EncodedValue {
    for (const { flags, write } of this.#table.kinds) {
      const data = write?.(value, key);
      if (data !== undefined) return { data, dataBytes: Buffer.byteLength(data), flags };
    }
    throw new MemcacheError('NOT_SERIALIZABLE', {
      action: 'Cannot store',
      key,
      detail: `the profile '${this.#profile}' has no form for ${describe(value)} that other programs can read`,
      hint: `Store ${this.#writable()}; JSON.stringify() turns other data into text.`,
    });
  }

  read(data: Buffer, flags: number, key: string): unknown {
    const kind = this.#kinds.get(flags & this.#table.kindMask);
    // Flags that the client itself never sets are not ours to interpret.
    if (kind === undefined) return data;
    if (kind.read === undefined) throw this.#foreign(kind, key);
    const value = kind.read(data);
    if (value === undefined) throw notWhatFlagsSay(key, data, kind.name);
    return value;
  }

  packingOf(flags: number): Packing | string | undefined {
    return this.#table.packings.find((one) => (flags & one.flags) === one.flags)?.packing;
  }

  canGrow(flags: number): boolean {
    return this.#kinds.get(flags & this.#table.kindMask)?.grows === true;
  }

  #foreign({ name }: ValueKind, key: string): MemcacheError {
    const detail = `its flags say ${name}, which is never loaded, because loading it can run code`;
    return corruptValue(key, detail, `Let its writer store ${this.#writable()}.`);
  }

  #writable(): string {
    const names = this.#table.kinds.filter(({ write }) => write !== undefined).map(({ name }) => name);
    const last = names.pop() ?? '';
    return names.length === 0 ? last : `${names.join(', ')} or ${last}`;
  }
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? `a number${Number.isInteger(value) ? '' : ' with a fraction'}` : String(value);
    case 'boolean':
      return 'true and false';
    case 'object':
      return Array.isArray(value) ? 'a list' : isPlainObject(value) ? 'a plain object' : 'an object of a class';
    default:
      return `a value of type ${typeof value}`;
  }
}
