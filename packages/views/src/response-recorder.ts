/**
 * Takes down what a handler writes to its response. A response that is written in one piece is held back, so that its
 * headers can still say what became of it, or another page can be sent in its place. One that is written in several
 * pieces goes out as it is written, and a copy is kept.
 *
 *   open --end(all)-----------------> held --release--> released
 *    | '--write, flushHeaders--> streaming --end------> released
 *    '--client goes away-------------------------------> released
 *
 * Inside hooks of the response (those installed after us, such as a session's) run before the headers are judged;
 * outside ones (compression mounted before us) run on every answer, recorded or sent from the cache.
 */
import type { OutgoingHttpHeader, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { isUint8Array } from 'node:util/types';

/** Status and headers as the handler left them. Header names in lower case. */
export interface ResponseHead {
  readonly status: number;
  readonly statusText: string;
  readonly headers: OutgoingHttpHeaders;
}

/** How a recording ended. */
export type Recording =
  | { readonly kind: 'complete'; readonly head: ResponseHead; readonly body: Buffer }
  | { readonly kind: 'refused'; readonly head: ResponseHead; readonly reason: string }
  | { readonly kind: 'aborted' };

export interface RecorderOptions {
  /** Why a response with this head must not be kept, or `undefined`. Asked once, before the first byte is sent. */
  readonly judge: (head: ResponseHead) => string | undefined;
  /** A longer body is refused as `too-large`. */
  readonly maxBytes: number;
  /** Called before the first byte of a response that cannot be held back: the last moment to set a header. */
  readonly beforeStreaming: (refusal: string | undefined) => void;
}

type State = 'open' | 'held' | 'streaming' | 'released';
type Callback = (error?: Error | null) => void;

export class ResponseRecorder {
  /** Settles once, at the latest when the client goes away; never rejects. */
  readonly recording: Promise<Recording>;
  readonly #response: ServerResponse;
  readonly #options: RecorderOptions;
  readonly #original: OriginalMethods;
  readonly #chunks: Buffer[] = [];
  #state: State = 'open';
  #bytes = 0;
  #head: ResponseHead | undefined;
  #refusal: string | undefined;
  #onSent: Callback | undefined;
  #settle: (recording: Recording) => void = () => undefined;

  constructor(response: ServerResponse, options: RecorderOptions) {
    this.#response = response;
    this.#options = options;
    this.#original = originalMethodsOf(response);
    this.recording = new Promise((resolve) => (this.#settle = resolve));
    response.writeHead = this.#writeHead;
    response.write = this.#write as ServerResponse['write'];
    response.end = this.#end as ServerResponse['end'];
    response.flushHeaders = this.#flushHeaders;
    response.once('close', () => {
      this.#settle({ kind: 'aborted' });
    });
  }

  /** Whether the answer is out already, wholly or in part. */
  get isSent(): boolean {
    return this.#state === 'streaming' || this.#state === 'released';
  }

  /** Sends the held response as the handler made it, with `headers` on top. */
  release(headers: OutgoingHttpHeaders = {}): void {
    const { status, statusText, headers: own } = this.#head ?? headOf(this.#response);
    this.send({ status, statusText, headers: { ...own, ...headers } }, Buffer.concat(this.#chunks));
  }

  /** Sends something else in place of the held response. Does nothing when the answer is out already. */
  send({ status, statusText, headers }: ResponseHead, body: Buffer): void {
    if (this.isSent) return;
    this.#forward();
    const response = this.#response;
    for (const name of response.getHeaderNames()) response.removeHeader(name);
    for (const [name, value] of Object.entries(headers)) if (value !== undefined) response.setHeader(name, value);
    response.statusCode = status;
    if (statusText !== '') response.statusMessage = statusText;
    if (this.#onSent) response.once('finish', this.#onSent);
    if (body.length > 0) this.#original.end(body);
    else this.#original.end();
  }

  /** Gives the response back untouched; for a handler that failed before it wrote anything. */
  detach(): void {
    if (this.#state !== 'open') return;
    this.#refusal = 'detached';
    this.#forward();
  }

  readonly #writeHead = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    const response = this.#response;
    if (this.isSent) return this.#original.writeHead(status, ...rest);
    if (this.#state === 'held') return response;
    const [statusText, headers] = typeof rest[0] === 'string' ? [rest[0], rest[1]] : ['', rest[0]];
    response.statusCode = status;
    if (statusText !== '') response.statusMessage = statusText;
    for (const [name, value] of headerPairs(headers)) response.setHeader(name, value);
    this.#head = headOf(response);
    pretend(response, 'headersSent');
    return response;
  };

  readonly #write = (chunk: unknown, ...rest: readonly unknown[]): boolean => {
    if (this.#state === 'held') return false;
    // Node throws, before it sends a header: an error handler can still answer.
    if (!isBody(chunk)) return this.#original.write(chunk, ...rest);
    this.#startStreaming();
    this.#record(chunk, rest[0]);
    return this.#original.write(chunk, ...rest);
  };

  readonly #end = (...args: readonly unknown[]): ServerResponse => {
    const response = this.#response;
    if (this.#state === 'held') return response;
    const { chunk, encoding, callback } = endArguments(args);
    // As above; what counts as false is no body to Node.
    if (chunk && !isBody(chunk)) return this.#original.end(...args);
    if (this.#state === 'open') {
      this.#judgeHead();
      this.#record(chunk, encoding);
      this.#onSent = callback;
      this.#state = 'held';
      pretend(response, 'headersSent');
      pretend(response, 'writableEnded');
      this.#finish();
      return response;
    }
    this.#record(chunk, encoding);
    this.#state = 'released';
    this.#finish();
    return this.#original.end(...args);
  };

  readonly #flushHeaders = (): void => {
    if (this.#state === 'held') return;
    this.#startStreaming();
    this.#original.flushHeaders();
  };

  #startStreaming(): void {
    if (this.#state !== 'open') return;
    this.#judgeHead();
    this.#options.beforeStreaming(this.#refusal);
    this.#forward();
    this.#state = 'streaming';
    if (this.#refusal !== undefined) this.#finish();
  }

  /** Runs the hooks that wait for the headers, then asks whether they allow keeping the response. */
  #judgeHead(): void {
    if (!this.#head) this.#response.writeHead(this.#response.statusCode);
    this.#head = headOf(this.#response);
    this.#refusal = this.#options.judge(this.#head);
  }

  #record(chunk: unknown, encoding: unknown): void {
    const isHeld = this.#state === 'open';
    if (!isBody(chunk) || (this.#refusal !== undefined && !isHeld)) return;
    const bytes = toBytes(chunk, encoding);
    this.#bytes += bytes.length;
    if (this.#bytes > this.#options.maxBytes) this.#refusal ??= 'too-large';
    if (this.#refusal === undefined || isHeld) {
      this.#chunks.push(bytes);
      return;
    }
    // Nobody waits for the rest of a page that will not be kept.
    this.#chunks.length = 0;
    this.#finish();
  }

  #finish(): void {
    const head = this.#head ?? headOf(this.#response);
    const announced = Number(head.headers['content-length'] ?? this.#bytes);
    // The status differs when sending the first piece threw, and an error handler answered.
    const isWhole = announced === this.#bytes && head.status === this.#response.statusCode;
    if (!isWhole) this.#refusal ??= 'incomplete';
    if (this.#refusal !== undefined) this.#settle({ kind: 'refused', head, reason: this.#refusal });
    else this.#settle({ kind: 'complete', head, body: Buffer.concat(this.#chunks) });
  }

  /** From here on the response is Node's own again. Inside hooks have run and must not run twice. */
  #forward(): void {
    this.#state = 'released';
    this.#response.writeHead = this.#original.writeHead;
    Reflect.deleteProperty(this.#response, 'headersSent');
    Reflect.deleteProperty(this.#response, 'writableEnded');
  }
}

/** The response's methods as they were, with loose arguments: each takes several orders of them. */
interface OriginalMethods {
  readonly writeHead: (...args: readonly unknown[]) => ServerResponse;
  readonly write: (...args: readonly unknown[]) => boolean;
  readonly end: (...args: readonly unknown[]) => ServerResponse;
  readonly flushHeaders: () => void;
}

function originalMethodsOf(response: ServerResponse): OriginalMethods {
  return {
    writeHead: response.writeHead.bind(response) as OriginalMethods['writeHead'],
    write: response.write.bind(response) as OriginalMethods['write'],
    end: response.end.bind(response) as OriginalMethods['end'],
    flushHeaders: response.flushHeaders.bind(response),
  };
}

/** Status and headers of a response as they stand. */
export function headOf(response: ServerResponse): ResponseHead {
  // Express and Node leave the text empty until the head is written.
  const { statusCode: status, statusMessage: statusText } = response;
  return { status, statusText: statusText || '', headers: { ...response.getHeaders() } };
}

// While a response is held back, whoever asks must see it as answered, or an error handler would answer again.
function pretend(response: ServerResponse, property: 'headersSent' | 'writableEnded'): void {
  Object.defineProperty(response, property, { configurable: true, get: () => true });
}

function endArguments(args: readonly unknown[]): { chunk: unknown; encoding: unknown; callback: Callback | undefined } {
  const callback = args.find((argument): argument is Callback => typeof argument === 'function');
  const [chunk, encoding] = args.filter((argument) => typeof argument !== 'function');
  return { chunk, encoding, callback };
}

function isBody(chunk: unknown): chunk is string | Uint8Array {
  return typeof chunk === 'string' || isUint8Array(chunk);
}

function toBytes(chunk: string | Uint8Array, encoding: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding as BufferEncoding | undefined);
  // A copy: the handler may fill its buffer again.
  return Buffer.from(chunk);
}

/** The headers of `writeHead`: an object, a flat list of names and values, or a list of pairs. */
function headerPairs(headers: unknown): [string, OutgoingHttpHeader][] {
  if (!Array.isArray(headers)) {
    const pairs = Object.entries((headers ?? {}) as OutgoingHttpHeaders);
    return pairs.filter((pair): pair is [string, OutgoingHttpHeader] => pair[1] !== undefined);
  }
  if (headers.every((item) => Array.isArray(item))) return headers as [string, OutgoingHttpHeader][];
  const merged = new Map<string, OutgoingHttpHeader>();
  for (let index = 0; index + 1 < headers.length; index += 2) {
    const name = String(headers[index]);
    const value = headers[index + 1] as string;
    const known = merged.get(name);
    merged.set(name, known === undefined ? value : ([known, value].flat() as string[]));
  }
  return [...merged];
}
