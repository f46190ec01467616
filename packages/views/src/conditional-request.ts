/** Whether the client's copy of a page is still right: RFC 9110 section 13. */
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';

/** What a request says about the copy it has. */
export interface Conditions {
  readonly ifNoneMatch: string | undefined;
  readonly ifModifiedSince: string | undefined;
}

export function conditionsOf(headers: IncomingHttpHeaders): Conditions {
  return { ifNoneMatch: headers['if-none-match'], ifModifiedSince: headers['if-modified-since'] };
}

/** Whether 304 is the answer to a page with this strong tag. If-None-Match decides alone when it is there (RFC 9110 section 13.2.2). */
export function isNotModified(conditions: Conditions, etag: string, lastModified: string | undefined): boolean {
  const { ifNoneMatch, ifModifiedSince } = conditions;
  if (ifNoneMatch !== undefined) return ifNoneMatch.trim() === '*' || entityTags(ifNoneMatch).includes(etag);
  if (ifModifiedSince === undefined || lastModified === undefined) return false;
  return Date.parse(lastModified) <= Date.parse(ifModifiedSince);
}

// Entity tags may hold commas, so the list cannot be split at them. The comparison is the weak one (RFC 9110 section
// 13.1.2): `W/"a"` and `"a"` are the same.
function entityTags(list: string): string[] {
  return Array.from(list.matchAll(/(?:W\/)?("[^"]*")/g), ([, tag = '']) => tag);
}

// Headers that describe the body a 304 does not have (RFC 9110 section 15.4.5).
const OF_THE_BODY = new Set([
  'content-length',
  'content-type',
  'content-encoding',
  'content-language',
  'content-disposition',
  'content-range',
  'content-md5',
  'content-digest',
  'repr-digest',
  'digest',
  'accept-ranges',
  'last-modified',
]);

/** The headers a 304 may carry. Names in lower case. */
export function notModifiedHeaders(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_BODY.has(name)));
}
