/**
 * The store that express-session talks to: its contract with callbacks on the outside, promises inside. How a session
 * is saved is in session-save.ts.
 */
import { createHash } from 'node:crypto';
import session from 'express-session';
import { MemcacheError, isMemcacheError, type MemcacheErrorCode, type Ttl } from '@memkit/core';
import { callBack, type Callback } from './callback-bridge.js';
import { resolveSessionOptions, type MemkitSessionStoreOptions } from './memkit-session-store-options.js';
import { isCookieChanged } from './session-merge.js';
import { SessionOrigins } from './session-origins.js';
import { saveSession } from './session-save.js';
import { TOMBSTONE, readSession, toFields, type SessionFields, type SessionRecord } from './session-serializer.js';
import { itemTtl, sessionTtlMs, type CookieLifetime } from './session-ttl.js';
import { publishDiscarded, publishTrouble } from './telemetry/channels.js';

/** Longer than any request that may still hold the session runs. */
const TOMBSTONE_TTL: Ttl = '10m';

/** No outage: the application has to hear of these whatever the policy. */
const NEVER_SWALLOWED: ReadonlySet<MemcacheErrorCode> = new Set<MemcacheErrorCode>([
  'MEMCACHE_INVALID_KEY',
  'MEMCACHE_INVALID_TTL',
  'MEMCACHE_INVALID_OPTION',
  'MEMCACHE_NOT_SERIALIZABLE',
  'MEMCACHE_ITEM_TOO_LARGE',
]);

type Request = Parameters<session.Store['createSession']>[0];
type Generate = (request: Request) => void;

/**
 * An express-session store on memcache. Requests that run at the same time keep each other's changes, a session that
 * was destroyed stays destroyed, and a request that changes nothing writes nothing.
 *
 * @example
 * app.use(session({
 *   store: new MemkitSessionStore({ client: createMemcache() }),
 *   secret: process.env.SESSION_SECRET, resave: false, saveUninitialized: false,
 * }));
 */
export class MemkitSessionStore extends session.Store {
  readonly #options: ReturnType<typeof resolveSessionOptions>;
  readonly #origins = new SessionOrigins();
  #generate: Generate = () => undefined;

  /**
   * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`; without `client`, also `MEMCACHE_NOT_CONFIGURED` in
   * production when no variable names a server
   */
  constructor(options: MemkitSessionStoreOptions = {}) {
    super();
    this.#options = resolveSessionOptions(options);
  }

  /** The session, or `undefined` when there is none; with `whenUnavailable: 'miss'` also during an outage. */
  override get(id: string, callback: Callback<session.SessionData>): void {
    this.#call('get', () => this.#load(id), callback);
  }

  /**
   * Saves the session, merged with what other requests saved since it was loaded. One that was destroyed or has
   * expired since then is not written again; that is no error, and published on `memkit:express-session:discarded`.
   */
  override set(id: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
    this.#call('set', () => this.#save(id, data), callback);
  }

  /** Gives the session the time its cookie has, without reading or writing what it holds. */
  override touch(id: string, data: session.SessionData, callback?: (error?: unknown) => void): void {
    this.#call('touch', () => this.#touch(id, data), callback);
  }

  /** Ends the session. A failure always reaches the callback: a logout that did not happen must not look like one. */
  override destroy(id: string, callback?: (error?: unknown) => void): void {
    this.#call('destroy', () => this.#destroy(id), callback);
  }

  /** Closes the client if the store created it; a client that was passed in stays open. */
  async close(): Promise<void> {
    await this.#options.close();
  }

  /** Called by express-session for loaded data. */
  override createSession(request: Request, data: session.SessionData): session.Session & session.SessionData {
    const created = super.createSession(request, data);
    this.#origins.copied(data, created);
    return created;
  }

  /** Set and called by express-session for a visitor without a session. */
  get generate(): Generate {
    return this.#generate;
  }

  set generate(generate: Generate) {
    this.#generate = (request) => {
      generate(request);
      this.#origins.generated(request.session);
    };
  }

  async #load(id: string): Promise<session.SessionData | undefined> {
    const item = await this.#options.client.gets(this.#keyOf(id));
    if (item === undefined) return undefined;
    const stored = readSession(item.value);
    if (stored.kind === 'tombstone') return undefined;
    if (stored.kind === 'invalid') {
      throw new MemcacheError('VALUE_CORRUPT', { action: 'Cannot read a session', detail: stored.problem });
    }
    this.#origins.loaded(stored.data, item.cas);
    return withCurrentCookie(stored.data);
  }

  async #save(id: string, data: session.SessionData): Promise<void> {
    const fields = toFields(data);
    if (this.#remainingMs(fields) <= 0) return this.#destroy(id);
    const outcome = await saveSession(this.#options.client, {
      key: this.#keyOf(id),
      fields,
      origin: this.#origins.of(data),
      ttlOf: (saved) => itemTtl(this.#remainingMs(saved)),
    });
    if (outcome === 'saved') this.#origins.saved(data, fields);
    else publishDiscarded({ reason: outcome });
  }

  async #touch(id: string, data: session.SessionData): Promise<void> {
    const fields = new Map([['cookie', JSON.stringify(data.cookie)]]);
    const origin = this.#origins.of(data);
    // express-session counts a changed cookie as no change; without a save, "remember me" would be forgotten.
    if (origin?.kind === 'known' && isCookieChanged(origin.base().get('cookie'), fields.get('cookie'))) {
      return this.#save(id, data);
    }
    const remainingMs = this.#remainingMs(fields);
    if (remainingMs <= 0) return this.#destroy(id);
    await this.#options.client.touch(this.#keyOf(id), itemTtl(remainingMs));
  }

  async #destroy(id: string): Promise<void> {
    // Only in the place of a session: where there is none, nothing can come back.
    await this.#options.client.replace(this.#keyOf(id), TOMBSTONE, { ttl: TOMBSTONE_TTL });
  }

  #keyOf(id: string): string {
    const { prefix, hashIds } = this.#options;
    return prefix + (hashIds ? createHash('sha256').update(id).digest('base64url') : id);
  }

  #remainingMs(fields: SessionFields): number {
    const cookie = fields.get('cookie');
    const lifetime = cookie === undefined ? undefined : (JSON.parse(cookie) as CookieLifetime);
    return sessionTtlMs(lifetime, this.#options.ttlMs, Date.now());
  }

  #call<T>(operation: string, work: () => Promise<T | undefined>, callback: Callback<T> | undefined): void {
    const guarded = async (): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        if (!this.#isSwallowed(error, operation)) throw error;
        publishTrouble({ operation, error });
        return undefined;
      }
    };
    callBack(guarded, callback, (error) => {
      if (isMemcacheError(error)) publishTrouble({ operation, error });
    });
  }

  #isSwallowed(error: unknown, operation: string): error is MemcacheError {
    if (!isMemcacheError(error) || operation === 'destroy') return false;
    // An item that is no session is as good as none: failing would lock the visitor out until it expires.
    if (operation === 'get' && error.code === 'MEMCACHE_VALUE_CORRUPT') return true;
    return this.#options.whenUnavailable === 'miss' && !NEVER_SWALLOWED.has(error.code);
  }
}

/**
 * A touch moves the end of the item, not the date written in it. A session that is alive must not show its
 * application a cookie that is over.
 */
function withCurrentCookie(data: SessionRecord): session.SessionData {
  const { cookie } = data;
  const { originalMaxAge, expires } = cookie;
  const isOver = typeof expires === 'string' && Date.parse(expires) <= Date.now();
  if (isOver && typeof originalMaxAge === 'number') {
    cookie['expires'] = new Date(Date.now() + originalMaxAge).toISOString();
  }
  // express-session turns the plain cookie into one of its own; its type knows only the result.
  return data as unknown as session.SessionData;
}
