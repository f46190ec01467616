import type { Response } from 'express';

/**
 * Holds an HTML response back until it ends, and lets `finish` rewrite it. Anything else passes as it is; `announce` is
 * called before its headers go out.
 */
export function bufferHtml(response: Response, finish: (html: string) => string, announce: () => void): void {
  const { write, end, writeHead } = response;
  const chunks: Buffer[] = [];
  let isHtml: boolean | undefined;
  let isAnnounced = false;

  const decide = (): boolean => (isHtml ??= !response.headersSent && /^text\/html\b/.test(contentType(response)));
  const keep = (chunk: unknown, encoding: unknown): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk, isEncoding(encoding) ? encoding : 'utf8'));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };

  response.writeHead = function (this: Response, ...args: unknown[]) {
    if (!isAnnounced) announce();
    isAnnounced = true;
    return Reflect.apply(writeHead, this, args) as Response;
  };
  response.write = function (this: Response, ...args: unknown[]) {
    if (!decide()) return Reflect.apply(write, this, args) as boolean;
    keep(args[0], args[1]);
    return true;
  };
  response.end = function (this: Response, ...args: unknown[]) {
    response.write = write;
    response.end = end;
    if (!decide()) return Reflect.apply(end, this, args) as Response;
    keep(args[0], args[1]);
    const body = Buffer.from(finish(Buffer.concat(chunks).toString('utf8')), 'utf8');
    // HEAD and 304 have no body, and must not claim the length of one that is not there.
    if (chunks.length > 0) response.setHeader('Content-Length', body.length);
    const done = args.find((argument) => typeof argument === 'function');
    const sent: unknown[] = chunks.length > 0 ? [body] : [];
    return Reflect.apply(end, this, done === undefined ? sent : [...sent, done]) as Response;
  };
}

function contentType(response: Response): string {
  const type = response.getHeader('content-type');
  return typeof type === 'string' ? type : '';
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value);
}
