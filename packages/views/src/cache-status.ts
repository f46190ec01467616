/** The Cache-Status header of RFC 9211: what this cache did with the request. */

const CACHE = 'memkit';

/** @param ttlMs how long the page stays fresh; negative once it is stale, `undefined` when not known or endless */
export function hitStatus(ttlMs?: number, detail?: string): string {
  const ttl = ttlMs === undefined || !Number.isFinite(ttlMs) ? '' : `; ttl=${Math.floor(ttlMs / 1000)}`;
  return `${CACHE}; hit${ttl}${showDetail(detail)}`;
}

/** `stored`: kept for the next request. `collapsed`: another request under way rendered it. */
export function missStatus(how: 'stored' | 'collapsed' | undefined, detail?: string): string {
  return `${CACHE}; fwd=miss${how === undefined ? '' : `; ${how}`}${showDetail(detail)}`;
}

export function bypassStatus(detail: string): string {
  return detail === 'method' ? `${CACHE}; fwd=method` : `${CACHE}; fwd=bypass${showDetail(detail)}`;
}

/** Ours goes behind those of caches nearer to the origin (RFC 9211 section 2). */
export function appendStatus(existing: string, status: string): string {
  return existing === '' ? status : `${existing}, ${status}`;
}

function showDetail(detail: string | undefined): string {
  return detail === undefined ? '' : `; detail=${detail}`;
}
