/**
 * Keys that were written to another server because theirs did not answer. Once it does, those copies grow old unseen,
 * and a second outage would show them: so they are deleted when the server is back.
 */
import { publishWarning } from '../telemetry/channels.js';
import type { RoutedServer } from './routed-server.js';

/** Keys per server passed over; about 1 MB at usual key lengths. Beyond it the oldest one is let go, and published. */
const MOST_KEYS = 10_000;

export class FallbackCopies {
  // Weak, so that what is remembered about a server goes with the server.
  readonly #copies = new WeakMap<RoutedServer, Map<string, Set<RoutedServer>>>();

  /** @param passedOver where the key belonged @param holder where it was written */
  remember(passedOver: RoutedServer, holder: RoutedServer, key: string): void {
    let keys = this.#copies.get(passedOver);
    if (keys === undefined) this.#copies.set(passedOver, (keys = new Map<string, Set<RoutedServer>>()));
    const holders = keys.get(key);
    if (holders !== undefined) {
      holders.add(holder);
      return;
    }
    if (keys.size >= MOST_KEYS) this.#forgetOldest(passedOver, keys);
    keys.set(key, new Set([holder]));
  }

  /** Names each copy once, and forgets it. */
  takeBack(returned: RoutedServer, forget: (key: string, holder: RoutedServer) => void): void {
    const keys = this.#copies.get(returned);
    if (keys === undefined) return;
    this.#copies.delete(returned);
    for (const [key, holders] of keys) {
      for (const holder of holders) if (!holder.isRemoved) forget(key, holder);
    }
  }

  #forgetOldest(passedOver: RoutedServer, keys: Map<string, unknown>): void {
    const [oldest] = keys.keys();
    if (oldest === undefined) return;
    keys.delete(oldest);
    publishWarning({ event: 'replay-lost', server: passedOver.link.name, key: oldest });
  }
}
