/** One run of the handler behind the page cache: recorded, judged, and turned into what the engine stores. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { LoaderContext } from '@memkit/cache';
import { headerText, refusalReason, responseMaxAge } from './cacheability.js';
import type { PageCacheSettings } from './page-cache-options.js';
import { requestVariant, varyNames } from './page-key.js';
import { RenderFailure } from './render-failure.js';
import { ResponseRecorder, type Recording } from './response-recorder.js';
import { toStoredPage, type PageEntry } from './stored-page.js';

export interface RenderingOptions<Request extends IncomingMessage> {
  readonly request: Request;
  readonly response: ServerResponse;
  readonly next: (error?: unknown) => void;
  readonly settings: PageCacheSettings<Request>;
  /** Headers that were set before the page cache. */
  readonly headersBefore: OutgoingHttpHeaders;
  /** Called before the first byte of a response that is written in pieces. */
  readonly beforeStreaming: (refusal: string | undefined) => void;
}

export class PageRendering<Request extends IncomingMessage> {
  readonly #options: RenderingOptions<Request>;
  #recorder: ResponseRecorder | undefined;
  #recording: Recording | undefined;

  constructor(options: RenderingOptions<Request>) {
    this.#options = options;
  }

  /** `undefined` until the handler was called. */
  get recorder(): ResponseRecorder | undefined {
    return this.#recorder;
  }

  /** `undefined` until the handler has answered. */
  get recording(): Recording | undefined {
    return this.#recording;
  }

  /**
   * The loader: calls the handler and resolves to what may be stored, or to why it may not.
   * @throws RenderFailure when there is nothing that other requests could use
   */
  async load(context: LoaderContext): Promise<PageEntry> {
    const { request, response, next, settings, headersBefore, beforeStreaming } = this.#options;
    // Its 'close' is over: a handler that pipes into it would never end, and everybody else would wait for that.
    if (response.destroyed) throw new RenderFailure('aborted', 'the client went away');
    const recorder = new ResponseRecorder(response, {
      judge: ({ status, headers }) => refusalReason(request, status, headers, settings),
      maxBytes: settings.maxBytes,
      beforeStreaming,
    });
    this.#recorder = recorder;
    const restoreConditions = hideConditions(request);
    try {
      next();
      this.#recording = await recorder.recording;
    } catch (error) {
      throw new RenderFailure('failed', 'its handler threw', error);
    } finally {
      restoreConditions();
    }

    const recording = this.#recording;
    if (recording.kind === 'aborted') throw new RenderFailure('aborted', 'the client went away');
    const { status, headers } = recording.head;
    if (recording.kind === 'refused') {
      if (status >= 500) throw new RenderFailure('failed', recording.reason);
      context.doNotStore();
      return { refused: recording.reason };
    }
    const maxAge = settings.hasTtl ? undefined : responseMaxAge(headers);
    if (maxAge !== undefined) context.setTtl({ seconds: maxAge });
    const variant = requestVariant(request, varyNames(headerText(headers['vary'])));
    const { body } = recording;
    return { page: toStoredPage({ status, headers, headersBefore, body, variant, renderedAt: Date.now() }) };
  }
}

// A handler that sees If-None-Match may answer 304 without a body, and there would be nothing to store. The page cache
// compares the tags itself.
function hideConditions({ headers }: IncomingMessage): () => void {
  const { 'if-none-match': ifNoneMatch, 'if-modified-since': ifModifiedSince } = headers;
  delete headers['if-none-match'];
  delete headers['if-modified-since'];
  return () => {
    if (ifNoneMatch !== undefined) headers['if-none-match'] = ifNoneMatch;
    if (ifModifiedSince !== undefined) headers['if-modified-since'] = ifModifiedSince;
  };
}
