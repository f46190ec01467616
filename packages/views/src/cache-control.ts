/** Directive -> its value, `''` when it has none. Names in lower case; the first of two equal directives counts. */
export type CacheControl = ReadonlyMap<string, string>;

// RFC 9111 section 5.2: token [ "=" ( token / quoted-string ) ], separated by commas.
const DIRECTIVE = /([^\s,=;"]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?/g;

export function parseCacheControl(header: string): CacheControl {
  const directives = new Map<string, string>();
  for (const [, name = '', quoted, plain] of header.matchAll(DIRECTIVE)) {
    const directive = name.toLowerCase();
    if (!directives.has(directive)) directives.set(directive, quoted ?? plain ?? '');
  }
  return directives;
}

/** `s-maxage`, else `max-age`, in seconds; `undefined` when neither is there, 0 when the number cannot be read. */
export function sharedMaxAge(directives: CacheControl): number | undefined {
  const text = directives.get('s-maxage') ?? directives.get('max-age');
  if (text === undefined) return undefined;
  // RFC 9111 section 4.2.1: what cannot be understood counts as stale.
  return /^\d+$/.test(text) ? Number(text) : 0;
}
