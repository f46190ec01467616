import type { Response } from 'express';

/**
 * Holds an HTML response back until it ends, its headers too, and lets `finish` rewrite it. Anything else passes as it
 * is. `announce` is called before the headers go out.
 *
 * Middleware behind this one may send the headers early: express-session does, to save the session between the first
 * and the last byte.
 */
export function bufferHtml(response: Response, finish: (html: string) => string, announce: () => void): void {
  // Called with `Reflect.apply` on the response itself: whoever wrapped its methods before is asked as well.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const { write, end, writeHead } = response;
  const chunks: Buffer[] = [];
  let isHtml: boolean | undefined;
  let isFinishing = false;

  const decide = (): boolean => (isHtml ??= /^text\/html\b/.test(String(response.getHeader('content-type') ?? '')));
  const keep = (chunk: unknown, encoding: unknown): void => {
    if (typeof chunk === 'string') chunks.push(Buffer.from(chunk, isEncoding(encoding) ? encoding : 'utf8'));
    else if (chunk instanceof Uint8Array) chunks.push(Buffer.from(chunk));
  };

  response.writeHead = function (this: Response, status: number, ...rest: unknown[]) {
    const headers = rest.at(-1);
    if (typeof headers === 'object' && headers !== null) setHeaders(this, headers);
    if (decide() && !isFinishing) {
      this.statusCode = status;
      return this;
    }
    announce();
    // The response has the headers already; only a reason phrase is left to pass on.
    return Reflect.apply(writeHead, this, [
      status,
      ...rest.slice(0, 1).filter((each) => typeof each === 'string'),
    ]) as Response;
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
    isFinishing = true;
    const callback = args.filter((argument) => typeof argument === 'function');
    const body = Buffer.from(finish(Buffer.concat(chunks).toString('utf8')), 'utf8');
    if (chunks.length === 0) {
      // HEAD: the length of the page as it was before would be wrong.
      this.removeHeader('Content-Length');
      return Reflect.apply(end, this, callback) as Response;
    }
    this.setHeader('Content-Length', body.length);
    return Reflect.apply(end, this, [body, ...callback]) as Response;
  };
}

/** `writeHead` takes an object, or names and values in turn. */
function setHeaders(response: Response, headers: object): void {
  const pairs = Array.isArray(headers)
    ? Array.from({ length: headers.length / 2 }, (_, index) => [headers[2 * index], headers[2 * index + 1]] as const)
    : Object.entries(headers);
  for (const [name, value] of pairs as [string, string | number | readonly string[] | undefined][]) {
    if (value !== undefined) response.setHeader(name, value);
  }
}

function isEncoding(value: unknown): value is BufferEncoding {
  return typeof value === 'string' && Buffer.isEncoding(value);
}
