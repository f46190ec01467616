/** Stored page + request -> the head and body of the answer: the whole page, or 304 when the client has it already. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { isNotModified, notModifiedHeaders, type Conditions } from './conditional-request.js';
import type { ResponseHead } from './response-recorder.js';
import { bodyOf, type StoredPage } from './stored-page.js';

export interface Answer {
  readonly head: ResponseHead;
  readonly body: Buffer;
}

/** @param headers of the answer, besides ETag and Content-Length; names in lower case */
export function answerWith(page: StoredPage, headers: OutgoingHttpHeaders, conditions: Conditions): Answer {
  const tagged = { ...headers, etag: page.etag };
  const lastModified = page.headers['last-modified'];
  // RFC 9110 section 13.2.1: conditions count only where the answer would otherwise be a success.
  const isSuccess = page.status >= 200 && page.status < 300;
  if (isSuccess && isNotModified(conditions, page.etag, typeof lastModified === 'string' ? lastModified : undefined)) {
    return { head: { status: 304, statusText: '', headers: notModifiedHeaders(tagged) }, body: Buffer.alloc(0) };
  }
  const body = bodyOf(page);
  return {
    head: { status: page.status, statusText: '', headers: { ...tagged, 'content-length': body.length } },
    body,
  };
}

/** Whole seconds since the page was rendered. */
export function ageOf(page: StoredPage, now: number): number {
  return Math.max(0, Math.floor((now - page.renderedAt) / 1000));
}

/** Sends an answer on a response nobody has written to. Node leaves the body of an answer to HEAD out. */
export function sendAnswer(response: ServerResponse, { head, body }: Answer): void {
  for (const [name, value] of Object.entries(head.headers)) if (value !== undefined) response.setHeader(name, value);
  response.statusCode = head.status;
  if (head.status === 304) response.end();
  else response.end(body);
}
