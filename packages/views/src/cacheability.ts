/**
 * Why a request goes past the cache, and why a response may not be stored. When in doubt, the answer is a reason: a
 * page that is rendered once too often costs milliseconds, a page shown to the wrong person cannot be taken back.
 * Rules: RFC 9111 sections 3 and 4, narrowed. The reasons are words that fit a Cache-Status header.
 */
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { parseCacheControl, sharedMaxAge } from './cache-control.js';
import { varyNames } from './page-key.js';

export interface RequestRules {
  readonly cookies: 'bypass' | 'ignore';
  /** `'vary'`: the application tells people apart itself, with `varyBy`. */
  readonly credentials: 'bypass' | 'vary';
}

export interface ResponseRules extends RequestRules {
  readonly statuses: ReadonlySet<number>;
  /** Whether the application says how long pages live; then the response's own max-age does not matter. */
  readonly hasTtl: boolean;
}

// Headers that say who is asking. There is no complete list: pages behind other ones need `varyBy`.
const CREDENTIALS = ['authorization', 'proxy-authorization', 'x-api-key', 'x-auth-token', 'x-access-token'];

// RFC 9110 sections 13 and 14: the handler may answer these with part of the page, or with a refusal.
const PARTIAL = ['range', 'if-match', 'if-unmodified-since', 'if-range'];

/** Why this request must not be looked up, or `undefined`. The method is checked before. */
export function bypassReason(request: IncomingMessage, rules: RequestRules): string | undefined {
  const { headers } = request;
  if (rules.cookies === 'bypass' && headers.cookie !== undefined) return 'cookie';
  if (rules.credentials === 'bypass') {
    if (CREDENTIALS.some((name) => headers[name] !== undefined)) return 'authorization';
    if (hasUser(request)) return 'user';
  }
  if (PARTIAL.some((name) => headers[name] !== undefined)) return 'range';
  // A handler that reads a body would answer by something that is not in the key.
  if (headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0) return 'request-body';
  return undefined;
}

/** Why this response must not be stored, or `undefined`. Header names in lower case. */
export function refusalReason(
  request: IncomingMessage,
  status: number,
  headers: OutgoingHttpHeaders,
  rules: ResponseRules,
): string | undefined {
  if (!rules.statuses.has(status)) return `status-${status}`;
  if (headers['set-cookie'] !== undefined) return 'set-cookie';
  if (rules.credentials === 'bypass' && hasUser(request)) return 'user';
  const vary = varyNames(headerText(headers['vary']));
  if (vary.includes('*')) return 'vary';
  if (rules.cookies === 'bypass' && vary.includes('cookie')) return 'vary-cookie';
  // Without Vary, a client that cannot decode the body would get it.
  if (isEncoded(headers) && !vary.includes('accept-encoding')) return 'content-encoding';
  if (/^\s*text\/event-stream\b/i.test(headerText(headers['content-type']))) return 'event-stream';
  if (headers['trailer'] !== undefined) return 'trailer';
  return cacheControlReason(headers, rules);
}

function cacheControlReason(headers: OutgoingHttpHeaders, { hasTtl }: ResponseRules): string | undefined {
  const directives = parseCacheControl(headerText(headers['cache-control']));
  for (const directive of ['no-store', 'private', 'no-cache']) if (directives.has(directive)) return directive;
  if (hasTtl) return undefined;
  const maxAge = sharedMaxAge(directives);
  if (maxAge !== undefined) return maxAge === 0 ? 'max-age' : undefined;
  const expires = headers['expires'];
  // RFC 9111 section 5.3: an Expires that is no date, such as 0, is a time in the past.
  return expires !== undefined && !(Date.parse(headerText(expires)) > Date.now()) ? 'expires' : undefined;
}

/** How long the response itself says it is fresh, in seconds, or `undefined`. */
export function responseMaxAge(headers: OutgoingHttpHeaders): number | undefined {
  return sharedMaxAge(parseCacheControl(headerText(headers['cache-control'])));
}

export function headerText(value: string | number | readonly string[] | undefined): string {
  return value === undefined ? '' : String(value);
}

function isEncoded(headers: OutgoingHttpHeaders): boolean {
  const encoding = headerText(headers['content-encoding']);
  return encoding !== '' && encoding.toLowerCase() !== 'identity';
}

// Passport and most guards leave the signed-in person here.
function hasUser(request: IncomingMessage): boolean {
  return 'user' in request && request.user !== undefined && request.user !== null;
}
