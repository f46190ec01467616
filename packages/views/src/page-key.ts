/**
 * Request -> the key of its page. The key reads as the page's address; whatever may be secret in it (the parts of
 * `varyBy`, the headers of Vary) stands behind a `#` as a digest.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { canonicalQuery } from './canonical-query.js';

/** `page:http://shop.example/list?page=2`, plus `#digest` when the page depends on more than its address. */
export function pageKey(address: string, extras: readonly string[] = []): string {
  return extras.length === 0 ? `page:${address}` : `page:${address}#${digest(extras)}`;
}

/**
 * Scheme, host, path and canonical query, as the application sees them: behind a trusted proxy, Express takes scheme
 * and host from the forwarded headers, and pages may show them.
 */
export function pageAddress(request: IncomingMessage, isIgnored: (name: string) => boolean): string {
  const [path, query] = splitOnce(requestPath(request), '?');
  const canonical = query === undefined ? '' : canonicalQuery(query, isIgnored);
  const address = `${scheme(request)}://${host(request)}${path}${canonical === '' ? '' : `?${canonical}`}`;
  // A `#` has no place in a request target, but servers let it through, and in our keys it starts the digest.
  return address.replaceAll('#', '%23');
}

/** Path and query as the client sent them, before any router cut the front off. */
export function requestPath(request: IncomingMessage): string {
  if ('originalUrl' in request && typeof request.originalUrl === 'string') return request.originalUrl;
  return request.url ?? '/';
}

/** Names of the request headers a page was chosen by, and a digest of their values. */
export interface Variant {
  readonly names: readonly string[];
  readonly digest: string;
}

/** The variant of the page this request asks for, given the names in Vary. */
export function requestVariant(request: IncomingMessage, names: readonly string[]): Variant {
  return { names, digest: digest(names.map((name) => headerText(request.headers[name]))) };
}

/** The names in a Vary header, in lower case, each once, in order. */
export function varyNames(vary: string): readonly string[] {
  const names = vary.split(',').map((name) => name.trim().toLowerCase());
  return [...new Set(names)].filter((name) => name !== '').sort();
}

function scheme(request: IncomingMessage): string {
  if ('protocol' in request && typeof request.protocol === 'string') return request.protocol;
  return 'encrypted' in request.socket && request.socket.encrypted === true ? 'https' : 'http';
}

function host(request: IncomingMessage): string {
  const sent = (request.headers.host ?? headerText(request.headers[':authority'])).toLowerCase();
  const seen = 'hostname' in request && typeof request.hostname === 'string' ? request.hostname.toLowerCase() : '';
  // Two requests differ if either name does; a `/` cannot be part of a host name.
  return seen === '' || sent === seen || sent.startsWith(`${seen}:`) ? sent : `${sent}/${seen}/`;
}

function headerText(value: string | readonly string[] | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : value.join(', ');
}

function digest(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64url');
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
