/**
 * An item that has one holder at a time among all processes. Every change but the first `add` is a compare-and-set, so
 * a holder that comes too late changes nothing.
 *
 *   absent --add--> held --replace, release--> another value
 *                    |---renew---> held
 *                    '---its time passes---> absent     a crashed holder is replaced
 */
import type { CacheClient, Ttl } from '@memkit/core';
import { randomToken } from '../keys/version-token.js';
import { lastingAtLeast } from '../policies/clock-step.js';

/** As long as memcached can be made to forget at the soonest; takers do not wait for that. */
const FREE_TTL: Ttl = '1s';
const FREE = 'free';

export interface HolderOptions {
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
 * @throws what the client throws; the item may be held then, until its time passes
 */
export async function takeItem(
  client: CacheClient,
  name: string,
  { ttlMs, note, signal }: HolderOptions,
): Promise<HeldItem | OtherHolder> {
  const held = new HeldItem(client, name, randomToken(), note);
  const found = await client.gets(name, { signal });
  const store = { ttl: lastingAtLeast(ttlMs), signal };
  if (found === undefined) {
    if (await client.add(name, held.content, store)) return held;
  } else if (found.value === FREE) {
    if (await client.set(name, held.content, { ...store, cas: found.cas })) return held;
  } else {
    return { stored: found.value };
  }
  // A client that sends a lost request again may have been refused by its own first one.
  const winner = await client.get(name, { signal });
  return held.isIn(winner) ? held : { stored: winner };
}

export class HeldItem {
  readonly #client: CacheClient;
  readonly #name: string;
  readonly #token: string;
  readonly #note: string | undefined;

  constructor(client: CacheClient, name: string, token: string, note: string | undefined) {
    this.#client = client;
    this.#name = name;
    this.#token = token;
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
