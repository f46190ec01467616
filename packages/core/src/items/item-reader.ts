/** Reads items and makes values of them, those that are split over several items too. */
import { MemcacheError, showNumber } from '@memkit/protocol';
import type { CasItem, FreshCasItem } from '../cache-client.js';
import { isChunked, type ChunkedValues } from '../commands/chunked-values.js';
import type { Dispatcher } from '../commands/dispatcher.js';
import { asMemcacheError, throwPartialFailure } from '../commands/gather.js';
import { GetAndTouchCommand, GetCommand, GetIfChangedCommand, GetsCommand, type ReadItem } from '../commands/get.js';
import type { Deadline } from '../cluster/deadline.js';
import type { FreshItem, WireItem } from '../drivers/protocol-driver.js';
import { requestFacts } from '../drivers/request-facts.js';
import type { ValueCodec } from '../values/value-codec.js';

/** What getMany has so far, by the caller's names. */
interface ManyValues {
  readonly values: Map<string, unknown>;
  readonly failures: Map<string, MemcacheError>;
  /** Large values that are still unpacked. */
  readonly late: Promise<unknown>[];
}

export class ItemReader {
  readonly #dispatcher: Dispatcher;
  readonly #codec: ValueCodec;
  readonly #chunks: ChunkedValues;
  /** One for all calls. */
  readonly #readValue: ReadItem<unknown> = (item, key, deadline) => this.#value(item, key, deadline);

  constructor(dispatcher: Dispatcher, codec: ValueCodec, chunks: ChunkedValues) {
    this.#dispatcher = dispatcher;
    this.#codec = codec;
    this.#chunks = chunks;
  }

  /** `undefined`: a miss. @param key as it travels, here and below */
  get(key: string, deadline: Deadline): Promise<unknown> {
    return this.#dispatcher.run(new GetCommand(key, this.#readValue), deadline);
  }

  gets(key: string, deadline: Deadline): Promise<CasItem | undefined> {
    const read = (item: WireItem): Promise<CasItem | undefined> => this.#casItem(item, key, 'gets', deadline);
    return this.#dispatcher.run(new GetsCommand(key, read), deadline);
  }

  /** @param connection which the token came over; `undefined`: the token alone counts */
  getIfChanged(
    key: string,
    cas: bigint,
    connection: number | undefined,
    deadline: Deadline,
  ): Promise<FreshCasItem | 'unchanged' | undefined> {
    const read = async (item: FreshItem): Promise<FreshCasItem | undefined> => {
      const whole = await this.#casItem(item, key, 'getIfChanged', deadline);
      return whole && { ...whole, connection: item.connection };
    };
    return this.#dispatcher.run(new GetIfChangedCommand(key, cas, connection, read), deadline);
  }

  getAndTouch(key: string, exptime: number, deadline: Deadline): Promise<unknown> {
    const read = async (item: WireItem): Promise<unknown> => {
      if (isChunked(item) && !(await this.#chunks.touch(key, item, exptime, deadline))) return undefined;
      return this.#value(item, key, deadline);
    };
    return this.#dispatcher.run(new GetAndTouchCommand(key, exptime, read), deadline);
  }

  /** Touches every item of the value; reads the one under the key to find out which they are. */
  touchWhole(key: string, exptime: number, deadline: Deadline): Promise<boolean> {
    const read = (item: WireItem): boolean | Promise<boolean> =>
      isChunked(item) ? this.#chunks.touch(key, item, exptime, deadline) : true;
    const command = new GetAndTouchCommand(key, exptime, read);
    return this.#dispatcher.run(command, deadline).then((wasThere) => wasThere === true);
  }

  /**
   * The values that are present, by the caller's names and in their order.
   * @param values has the names, each once: what is missing is taken away, so that the rest keeps its order
   * @param keys in the order of `names`
   * @throws `MEMCACHE_PARTIAL_FAILURE`
   */
  async getMany(
    values: Map<string, unknown>,
    names: readonly string[],
    keys: readonly string[],
    deadline: Deadline,
  ): Promise<Map<string, unknown>> {
    const { items, failures } = await this.#dispatcher.getMany(keys, deadline);
    const result: ManyValues = { values, failures: new Map(), late: [] };
    let manifests: Map<string, WireItem> | undefined;
    for (let place = 0; place < keys.length; place += 1) {
      const key = keys[place] ?? '';
      const name = names[place] ?? '';
      const item = items[place];
      if (item === undefined) {
        values.delete(name);
        const failure = failures.size === 0 ? undefined : failures.get(key);
        if (failure !== undefined) result.failures.set(name, failure);
      } else if (isChunked(item)) {
        (manifests ??= new Map<string, WireItem>()).set(key, item);
      } else {
        this.#decodeInto(result, name, item, key, deadline);
      }
    }
    if (manifests !== undefined) await this.#readChunks(manifests, names, keys, result, deadline);
    if (result.late.length > 0) await Promise.all(result.late);
    if (result.failures.size > 0) {
      // Large values that were still being read or unpacked fail with the reason.
      deadline.signal?.throwIfAborted();
      throwPartialFailure('get', 'keys', names.length, result.values, result.failures);
    }
    return values;
  }

  /** One more round trip for the values of all manifests. */
  async #readChunks(
    manifests: ReadonlyMap<string, WireItem>,
    names: readonly string[],
    keys: readonly string[],
    result: ManyValues,
    deadline: Deadline,
  ): Promise<void> {
    const { items, failures } = await this.#chunks.readMany(manifests, deadline);
    for (const [place, key] of keys.entries()) {
      if (!manifests.has(key)) continue;
      const name = names[place] ?? '';
      const item = items.get(key);
      const failure = failures.get(key);
      if (item !== undefined) this.#decodeInto(result, name, item, key, deadline);
      else result.values.delete(name);
      if (failure !== undefined) result.failures.set(name, failure);
    }
  }

  #decodeInto(result: ManyValues, name: string, item: WireItem, key: string, deadline: Deadline): void {
    try {
      const value = this.#decode(item, key, 'get', deadline);
      result.values.set(name, value);
      if (value instanceof Promise) result.late.push(takeLate(result, name, value));
    } catch (error) {
      failIn(result, name, error);
    }
  }

  async #casItem(item: WireItem, key: string, name: string, deadline: Deadline): Promise<CasItem | undefined> {
    const whole = isChunked(item) ? await this.#chunks.read(key, item, deadline) : item;
    if (whole === undefined) return undefined;
    return { value: await this.#decode(whole, key, name, deadline), cas: item.cas, flags: whole.flags };
  }

  #value(item: WireItem, key: string, deadline: Deadline): unknown {
    if (!isChunked(item)) return this.#decode(item, key, 'get', deadline);
    return this.#chunks.read(key, item, deadline).then((whole) => whole && this.#decode(whole, key, 'get', deadline));
  }

  /** A value that takes a while to unpack has its call's deadline. */
  #decode(item: WireItem, key: string, name: string, deadline: Deadline): unknown {
    const value = this.#codec.decode(item, key);
    if (!(value instanceof Promise)) return value;
    const late = (): Error => unpackedLate(name, key, item.data.length);
    return this.#dispatcher.waiting.wait(value, { name, key }, deadline, late);
  }
}

function takeLate(result: ManyValues, name: string, value: Promise<unknown>): Promise<unknown> {
  return value.then(
    (known) => result.values.set(name, known),
    (error: unknown) => {
      failIn(result, name, error);
    },
  );
}

function failIn({ values, failures }: ManyValues, name: string, error: unknown): void {
  values.delete(name);
  failures.set(name, asMemcacheError(error, 'get'));
}

function unpackedLate(name: string, key: string, bytes: number): MemcacheError {
  return new MemcacheError('TIMEOUT', {
    ...requestFacts(name, key, ''),
    server: undefined,
    detail: `its value was still being unpacked from ${showNumber(bytes)} bytes`,
    hint: 'Raise the timeout, or store less under one key.',
  });
}
