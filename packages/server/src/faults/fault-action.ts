import type { KeyTest } from './key-pattern.js';

/** What happens to one request. */
export type FaultAction =
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'drop'; readonly bytes: number }
  | { readonly kind: 'fail'; readonly message: string }
  /** `undefined`: whatever is no reply in the protocol of the request. */
  | { readonly kind: 'garbage'; readonly bytes: Buffer | undefined }
  /** The keys that vanish; `undefined`: all of the request. */
  | { readonly kind: 'evict'; readonly isMeant: KeyTest | undefined }
  | { readonly kind: 'out-of-memory' }
  | { readonly kind: 'close' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'silence' };

export type FaultKind = FaultAction['kind'];
