/**
 * Query string -> the same text for all orders of its parameters, without the ignored ones. The parameters themselves
 * stay as they were sent: decoding them could make one text of two different queries.
 */

/** What campaigns, advertisers and mailing services add to links; none of it should change a page. */
export const defaultIgnoredQueryParameters: readonly string[] = [
  'utm_*',
  'gclid',
  'gbraid',
  'wbraid',
  'dclid',
  'fbclid',
  'msclkid',
  'ttclid',
  'twclid',
  'yclid',
  'igshid',
  'mc_cid',
  'mc_eid',
  '_ga',
  '_gl',
];

/** @param query what stands after the `?` */
export function canonicalQuery(query: string, isIgnored: (name: string) => boolean): string {
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => ({ pair, name: parameterName(pair) }))
    .filter(({ name }) => !isIgnored(name))
    .sort((a, b) => compare(listName(a.name), listName(b.name)))
    .map(({ pair }) => pair)
    .join('&');
}

/** Names, or beginnings of names followed by `*`, to a test. */
export function parameterMatcher(patterns: readonly string[]): (name: string) => boolean {
  const names = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (name) => names.has(name) || beginnings.some((beginning) => name.startsWith(beginning));
}

function parameterName(pair: string): string {
  const [raw = ''] = pair.split('=', 1);
  try {
    return decodeURIComponent(raw.replaceAll('+', ' '));
  } catch {
    return raw;
  }
}

// Query parsers build one list of `a`, `a[]` and `a[0]`, and its order matters: such parameters keep theirs, because
// the sort is stable and sees one name.
function listName(name: string): string {
  const bracket = name.indexOf('[', 1);
  return bracket === -1 ? name : name.slice(0, bracket);
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
