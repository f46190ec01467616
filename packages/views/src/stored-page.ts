/** What is kept of a response: status, the headers that are safe to repeat, and the body's bytes as JSON can hold them. */
import { createHash } from 'node:crypto';
import { isUtf8 } from 'node:buffer';
import type { OutgoingHttpHeader, OutgoingHttpHeaders } from 'node:http';
import { headerText } from './cacheability.js';
import type { Variant } from './page-key.js';

export interface StoredPage {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly etag: string;
  /** The body when it is UTF-8; else `base64` is set. */
  readonly text?: string;
  readonly base64?: string;
  /** Unix milliseconds. */
  readonly renderedAt: number;
  /** The request headers the response was chosen by. */
  readonly variant: Variant;
}

/** A response to store. Header names in lower case. */
export interface RenderedPage {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** Headers that were set before the page cache: every request gets its own. */
  readonly headersBefore: OutgoingHttpHeaders;
  readonly body: Buffer;
  readonly variant: Variant;
  readonly renderedAt: number;
}

export function toStoredPage({ headersBefore, body, variant, renderedAt, status, ...page }: RenderedPage): StoredPage {
  const headers: Record<string, string | readonly string[]> = {};
  for (const [name, value] of Object.entries(page.headers)) {
    if (value !== undefined && isSafe(name) && !isSame(value, headersBefore[name])) headers[name] = toText(value);
  }
  const etag = strongEtag(page.headers['etag'], body);
  const content = isUtf8(body) ? { text: body.toString('utf8') } : { base64: body.toString('base64') };
  return { status, headers, etag, ...content, renderedAt, variant };
}

export function bodyOf(page: StoredPage): Buffer {
  return page.text === undefined ? Buffer.from(page.base64 ?? '', 'base64') : Buffer.from(page.text, 'utf8');
}

// The application's own tag when it is strong; Express makes weak ones by itself, which would rule out byte ranges and
// tell less than the bytes do.
function strongEtag(own: OutgoingHttpHeader | undefined, body: Buffer): string {
  const tag = headerText(own);
  if (/^"[^"]*"$/.test(tag)) return tag;
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
}

// Belongs to one connection, one request or one person (RFC 9110 section 7.6.1, RFC 9111 section 3.1), or is made anew
// when the page is sent.
const NEVER_STORED = new Set([
  'set-cookie',
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authentication-info',
  'www-authenticate',
  'authentication-info',
  'content-length',
  'date',
  'age',
  'etag',
  'cache-status',
  'server-timing',
  'retry-after',
  'x-request-id',
  'x-correlation-id',
  'traceparent',
  'tracestate',
  'traceresponse',
]);

function isSafe(name: string): boolean {
  return !NEVER_STORED.has(name) && !/^(x-)?ratelimit(-|$)/.test(name);
}

function isSame(value: OutgoingHttpHeader, before: OutgoingHttpHeader | undefined): boolean {
  return before !== undefined && JSON.stringify(toText(value)) === JSON.stringify(toText(before));
}

function toText(value: OutgoingHttpHeader): string | readonly string[] {
  return Array.isArray(value) ? value : String(value);
}

/** What the engine keeps under a page's key, or hands to those who waited: a page, or why there is none to share. */
export type PageEntry = { readonly page: StoredPage } | { readonly refused: string };

/** The page of an entry; `undefined` when it has none or is not ours. */
export function pageOf(entry: unknown): StoredPage | undefined {
  if (typeof entry !== 'object' || entry === null || !('page' in entry)) return undefined;
  return (entry as { readonly page: StoredPage }).page;
}
