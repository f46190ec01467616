/**
 * What a memcached of some version can do. A driver asks here before it uses a command, because a trial costs a round
 * trip and older servers answer some trials with silence or with another meaning.
 */

/** First version with the feature (memcached's ReleaseNotes and tags; where measured, on which version). */
export const versionGates = {
  /** `touch`, text and binary. */
  touch: [1, 4, 8],
  /** `gat` and `gats` as text; the binary protocol has them since 1.4.8. */
  getAndTouch: [1, 5, 3],
  tls: [1, 5, 13],
  /** The text login, option -Y. */
  authFile: [1, 5, 15],
  /**
   * The meta protocol as it is documented. 1.5.19 to 1.6.9 speak a dialect: the length of `ms` is a flag (`ms k S5`) and
   * success is `OK` (commits "meta: fix metaset syntax" and "meta: response code OK -> HD", both first in 1.6.10).
   */
  meta: [1, 6, 10],
  /**
   * Its own proxy answers for a key whose server is down with an error in its place, and goes on with the items of the
   * other keys and END (measured on 1.6.45; the proxy is part of it since 1.6.13). Everything else ends with the error.
   */
  itemsBehindErrors: [1, 6, 13],
  /** A miss of `mg` repeats the opaque; before, `EN` stands alone (commit "meta: allow mg without flags + reflect O/k on EN"). */
  opaqueOnMiss: [1, 6, 18],
  /** `N` makes append and prepend create the item. */
  appendCreates: [1, 6, 20],
  /** `E`: the caller chooses the new CAS token. */
  newCas: [1, 6, 27],
  /** `md … x` removes the value and keeps the item. */
  dropValue: [1, 6, 27],
  /** `mg … C`: the value only when it changed. Before, the flag is ignored (measured on 1.6.18). */
  conditionalGet: [1, 6, 40],
} as const satisfies Record<string, MemcachedVersion>;

export type VersionGate = keyof typeof versionGates;

/** Major, minor, patch. */
export type MemcachedVersion = readonly [number, number, number];

/** `1.6.18`, `1.6.18_beta`, `1.4.39-something`, `1.5.0 DF`. */
const VERSION_TEXT = /^(\d{1,3})\.(\d{1,3})\.(\d{1,4})(?![\d.])/;

/**
 * The version a server names; `undefined` when the text says nothing about memcached's features. memcached's major
 * version has been 1 since 2003; the others that answer `version` (Couchbase 6.6, mcrouter 36.0) count differently.
 */
export function parseVersion(text: string): MemcachedVersion | undefined {
  const match = VERSION_TEXT.exec(text);
  if (match === null) return undefined;
  const [, major, minor, patch] = match;
  return major === '1' ? [1, Number(minor), Number(patch)] : undefined;
}

/**
 * Whether a server of this version has the feature; `false` for a version that is not known.
 * @param version what the server answered to `version`
 */
export function speaks(version: string | undefined, gate: VersionGate): boolean {
  const has = version === undefined ? undefined : parseVersion(version);
  if (has === undefined) return false;
  const needs = versionGates[gate];
  const first = has.findIndex((part, place) => part !== needs[place]);
  return first < 0 || (has[first] ?? 0) > (needs[first] ?? 0);
}
