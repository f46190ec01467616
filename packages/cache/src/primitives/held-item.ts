/**
 * An item that has one holder at a time among all processes. Every change but the first `add` is a compare-and-set, so
 * a holder that comes too late changes nothing.
 *
 *   absent --add--> held --replace, settle, release--> another value
 *                    |---renew---> held
 *                    '---its time passes---> absent     a crashed holder is replaced
 */
import type { CacheClient, Ttl } from '@memkit/core';
import { randomToken } from '../keys/version-token.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import { publishTrouble } from '../telemetry/channels.js';

/** As long as memcached can be made to forget at the soonest; takers do not wait for that. */
const FREE_TTL: Ttl = '1s';
const FREE = 'free';

export interface HolderOptions {
  /** What the caller calls the item. */
  readonly key: string;
  readonly ttlMs: number;
  /** Told to whoever finds the item held. */
  readonly note?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was found in place of a free item. */
export interface OtherHolder {
  readonly stored: unknown;
}

/**
 * Takes the item if it is absent or was released.
 * @throws the signal's reason, and then the item is not held; what the client throws, and then it may be held until its
 * time passes
 */
export async function takeItem(
  client: CacheClient,
  name: string,
  { key, ttlMs, note, signal }: HolderOptions,
): Promise<HeldItem | OtherHolder> {
  const held = new HeldItem(client, name, key, note);
  const found = await client.gets(name, { signal });
  if (found !== undefined && found.value !== FREE) return { stored: found.value };
  // Without the signal: what is stored behind an abort would be held by nobody.
  const store = { ttl: lastingAtLeast(ttlMs) };
  const isStored = found
    ? await client.set(name, held.content, { ...store, cas: found.cas })
    : await client.add(name, held.content, store);
  // A client that sends a lost request again may have been refused by its own first one.
  const winner = isStored ? held.content : await client.get(name);
  if (!held.isIn(winner)) return { stored: winner };
  if (signal?.aborted) await held.releaseQuietly();
  signal?.throwIfAborted();
  return held;
}

export class HeldItem {
  readonly key: string;
  readonly #client: CacheClient;
  readonly #name: string;
  readonly #token = randomToken();
  readonly #note: string | undefined;

  constructor(client: CacheClient, name: string, key: string, note: string | undefined) {
    this.#client = client;
    this.#name = name;
    this.key = key;
    this.#note = note;
  }

  /** What is stored while it is held. */
  get content(): object {
    return { holder: this.#token, note: this.#note };
  }

  /** Whether a stored value says that this holder has it. */
  isIn(stored: unknown): boolean {
    return holderIn(stored) === this.#token;
  }

  /** Whether this holder still has it. */
  async isHeld(): Promise<boolean> {
    return this.isIn(await this.#client.get(this.#name));
  }

  /** Holds it for so long from now on; `false` when it was lost. */
  async renew(ttlMs: number): Promise<boolean> {
    return await this.replace(this.content, lastingAtLeast(ttlMs));
  }

  /** Lets others take it at once; `false` when it was lost. */
  async release(): Promise<boolean> {
    return await this.replace(FREE, FREE_TTL);
  }

  /** For whom something else counts more than an item that is free by itself after its time. */
  async releaseQuietly(): Promise<void> {
    try {
      await this.release();
    } catch (error) {
      publishTrouble('release', this.key, toMemcacheError(error, 'Cannot release', this.key));
    }
  }

  /** As `replace`, also where memcached lost the item and nobody has taken it since. */
  async settle(value: unknown, ttl: Ttl): Promise<boolean> {
    return (await this.replace(value, ttl)) || (await this.#client.add(this.#name, value, { ttl }));
  }

  /** Puts another value in its place; `false` when it was lost. */
  async replace(value: unknown, ttl: Ttl): Promise<boolean> {
    const found = await this.#client.gets(this.#name);
    if (found === undefined || !this.isIn(found.value)) return false;
    return await this.#client.set(this.#name, value, { ttl, cas: found.cas });
  }
}

/** The note of the holder, for an item that is held. */
export function noteOf(stored: unknown): string | undefined {
  const note = isRecord(stored) ? stored['note'] : undefined;
  return typeof note === 'string' ? note : undefined;
}

function holderIn(stored: unknown): string | undefined {
  const holder = isRecord(stored) ? stored['holder'] : undefined;
  return typeof holder === 'string' ? holder : undefined;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
