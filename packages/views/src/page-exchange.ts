/**
 * One request at the page cache, from the look into the cache to the answer.
 *
 *   look --hit, stale---------------------------> send the stored page
 *    |   '--other variant--> look under its key (at most MOST_LOOKS times)
 *    '--miss--> the handler renders, recorded
 *                 '--storable--> stored, sent; also to those who waited
 *                 '--refused---> sent; those who waited run their own handlers
 *                 '--failed----> a stale page if there is one, else sent as it is
 */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { CacheRead, ReadOutcome } from '@memkit/cache';
import { appendStatus, bypassStatus, hitStatus, missStatus } from './cache-status.js';
import { headerText } from './cacheability.js';
import { conditionsOf, type Conditions } from './conditional-request.js';
import { ageOf, answerWith, sendAnswer, type Answer } from './page-answer.js';
import type { PageCacheSettings } from './page-cache-options.js';
import { pageAddress, pageKey, requestPath, requestVariant } from './page-key.js';
import { PageRendering } from './page-rendering.js';
import { RenderFailure } from './render-failure.js';
import type { ResponseRecorder } from './response-recorder.js';
import { watchTrouble, type TroubleWatch } from './store-trouble.js';
import { pageOf, type PageEntry, type StoredPage } from './stored-page.js';
import { pageChannel, type PageMessage } from './telemetry/channels.js';

/** A page whose Vary names other headers each time ends here, and requests that lost their renderer do. */
const MOST_LOOKS = 4;

export class PageExchange<Request extends IncomingMessage> {
  readonly #request: Request;
  readonly #response: ServerResponse;
  readonly #next: (error?: unknown) => void;
  readonly #settings: PageCacheSettings<Request>;
  readonly #headersBefore: OutgoingHttpHeaders;
  readonly #conditions: Conditions;
  readonly #startedAt = performance.now();
  #key: string | undefined;

  constructor(
    request: Request,
    response: ServerResponse,
    next: (error?: unknown) => void,
    settings: PageCacheSettings<Request>,
  ) {
    this.#request = request;
    this.#response = response;
    this.#next = next;
    this.#settings = settings;
    this.#headersBefore = { ...response.getHeaders() };
    this.#conditions = conditionsOf(request.headers);
  }

  /** Lets the handler answer as if there were no cache. */
  pass(outcome: 'bypass' | 'miss', reason: string): void {
    const status = outcome === 'bypass' ? bypassStatus(reason) : missStatus(undefined, reason);
    this.#response.setHeader('cache-status', appendStatus(headerText(this.#headersBefore['cache-status']), status));
    this.#publish(outcome, reason);
    this.#next();
  }

  /** Answers from the cache, or renders and stores. Rejects only for what the application must know of. */
  async answer(): Promise<void> {
    const { varyBy, isIgnoredParameter, tags } = this.#settings;
    const part = varyBy?.(this.#request);
    if (varyBy && typeof part !== 'string') {
      this.pass('bypass', 'vary-by');
      return;
    }
    const extras = part === undefined ? [] : [part];
    const keyOf = (variant: readonly string[]): string =>
      pageKey(pageAddress(this.#request, isIgnoredParameter), [...extras, ...variant]);
    this.#key = keyOf([]);
    if (this.#request.method === 'HEAD') await this.#answerHead(keyOf);
    else await this.#answerGet(keyOf, tags(this.#request));
  }

  async #answerGet(keyOf: (variant: readonly string[]) => string, tags: readonly string[]): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const found = await this.#lookOrRender(tags);
      if (found === 'answered') return;
      if (this.#response.destroyed) {
        this.#publish('miss', 'aborted');
        return;
      }
      if (found !== 'again') this.#key = keyOf(this.#variantParts(found));
    }
    this.pass('miss', 'vary');
  }

  /** A page of another variant, when there is one in the place of the page. */
  async #lookOrRender(tags: readonly string[]): Promise<'answered' | 'again' | StoredPage> {
    const { cache, load } = this.#settings;
    const key = this.#key ?? '';
    const rendering = this.#newRendering();
    const trouble = watchTrouble(key);
    try {
      const read = await cache.read<PageEntry>(key, (context) => rendering.load(context), { ...load, tags });
      if (rendering.recorder) {
        this.#sendOwn(rendering, rendering.recorder, read, trouble);
        return 'answered';
      }
      return this.#sendShared(read);
    } catch (error) {
      if (rendering.recorder) {
        this.#sendFailure(rendering, rendering.recorder, error);
        return 'answered';
      }
      if (!(error instanceof RenderFailure)) throw error;
      // Somebody else's rendering: an abort says nothing about the page, a failure may be this page's own.
      if (error.kind === 'aborted') return 'again';
      this.pass('miss', 'render-failed');
      return 'answered';
    } finally {
      trouble.stop();
    }
  }

  /** Sends what this request's own handler made, or the stale page that stands in for its failure. */
  #sendOwn(
    { recording }: PageRendering<Request>,
    recorder: ResponseRecorder,
    read: CacheRead<PageEntry>,
    trouble: TroubleWatch,
  ): void {
    const page = pageOf(read.value);
    if (read.outcome === 'stale' && page && !recorder.isSent) {
      const { head, body } = this.#answerFrom(page, read, hitStatus(ttlOf(read), 'render-failed'));
      this.#publish('stale', 'render-failed');
      recorder.send({ ...head, headers: { ...this.#headersBefore, ...head.headers } }, body);
      return;
    }
    const refused = recording?.kind === 'refused' ? recording.reason : undefined;
    const outcome = read.outcome === 'bypass' ? 'bypass' : 'miss';
    const reason = refused ?? (read.stored ? undefined : trouble.reason(outcome));
    this.#publish(outcome, reason);
    if (recorder.isSent) return;
    const status = outcome === 'bypass' ? bypassStatus(reason ?? 'unavailable') : missStatus(storedOr(reason), reason);
    if (!page || recording?.kind !== 'complete') {
      recorder.release({ 'cache-status': this.#statusAfter(recording, status) });
      return;
    }
    const headers = { ...recording.head.headers, 'cache-status': this.#statusAfter(recording, status) };
    const { head, body } = answerWith(page, headers, this.#conditions);
    recorder.send({ ...head, statusText: head.status === 304 ? '' : recording.head.statusText }, body);
  }

  #sendFailure({ recording }: PageRendering<Request>, recorder: ResponseRecorder, error: unknown): void {
    const reason = recording?.kind === 'refused' ? recording.reason : 'render-failed';
    this.#publish('miss', recording?.kind === 'aborted' ? 'aborted' : reason);
    if (recording === undefined) {
      recorder.detach();
      this.#next(error instanceof RenderFailure ? error.cause : error);
      return;
    }
    recorder.release({ 'cache-status': this.#statusAfter(recording, missStatus(undefined, reason)) });
  }

  /** Sends what came from memcached or from another request of this process. */
  #sendShared(read: CacheRead<PageEntry>): 'answered' | StoredPage {
    const page = pageOf(read.value);
    if (!page) {
      this.pass('miss', 'refused' in read.value ? read.value.refused : 'not-a-page');
      return 'answered';
    }
    if (!this.#isVariantOf(page)) return page;
    this.#publish(read.outcome, read.outcome === 'bypass' ? 'unavailable' : undefined);
    sendAnswer(this.#response, this.#answerFrom(page, read, statusOfShared(read)));
    return 'answered';
  }

  /** HEAD is answered from the page of GET. It renders none: its handler would give no body to keep. */
  async #answerHead(keyOf: (variant: readonly string[]) => string): Promise<void> {
    for (let looks = 0; looks < MOST_LOOKS; looks += 1) {
      const page = pageOf(await this.#settings.cache.get(this.#key ?? ''));
      if (!page) break;
      if (this.#isVariantOf(page)) {
        this.#publish('hit', undefined);
        sendAnswer(this.#response, this.#answerFrom(page, undefined, hitStatus()));
        return;
      }
      this.#key = keyOf(this.#variantParts(page));
    }
    this.pass('miss', 'head');
  }

  #newRendering(): PageRendering<Request> {
    return new PageRendering({
      request: this.#request,
      response: this.#response,
      next: this.#next,
      settings: this.#settings,
      headersBefore: this.#headersBefore,
      beforeStreaming: (refusal) => {
        const existing = headerText(this.#response.getHeader('cache-status'));
        this.#response.setHeader('cache-status', appendStatus(existing, missStatus(undefined, refusal)));
      },
    });
  }

  #answerFrom(page: StoredPage, read: CacheRead<unknown> | undefined, status: string): Answer {
    const isCollapsed = read?.source === 'flight' && read.outcome !== 'hit' && read.outcome !== 'stale';
    const existing = headerText(this.#headersBefore['cache-status']);
    const headers: OutgoingHttpHeaders = {};
    for (const [name, value] of Object.entries(page.headers))
      headers[name] = typeof value === 'string' ? value : [...value];
    if (!isCollapsed) headers['age'] = String(ageOf(page, Date.now()));
    return answerWith(page, { ...headers, 'cache-status': appendStatus(existing, status) }, this.#conditions);
  }

  #statusAfter(recording: PageRendering<Request>['recording'], status: string): string {
    const headers = recording && 'head' in recording ? recording.head.headers : this.#headersBefore;
    return appendStatus(headerText(headers['cache-status']), status);
  }

  #isVariantOf({ variant }: StoredPage): boolean {
    return requestVariant(this.#request, variant.names).digest === variant.digest;
  }

  #variantParts({ variant }: StoredPage): readonly string[] {
    return ['vary', ...variant.names, requestVariant(this.#request, variant.names).digest];
  }

  #publish(outcome: ReadOutcome, reason: string | undefined): void {
    if (!pageChannel.hasSubscribers) return;
    pageChannel.publish({
      path: requestPath(this.#request),
      key: this.#key,
      outcome,
      reason,
      durationMs: performance.now() - this.#startedAt,
    } satisfies PageMessage);
  }
}

function ttlOf({ freshUntil }: CacheRead<unknown>): number | undefined {
  return freshUntil === undefined ? undefined : freshUntil - Date.now();
}

function storedOr(reason: string | undefined): 'stored' | undefined {
  return reason === undefined ? 'stored' : undefined;
}

function statusOfShared(read: CacheRead<unknown>): string {
  if (read.outcome === 'miss') return missStatus('collapsed');
  return read.outcome === 'bypass' ? bypassStatus('unavailable') : hitStatus(ttlOf(read));
}
