import { toFields, type SessionFields } from './session-serializer.js';

/** Loaded from memcache, or saved there by this process: the state the next changes are measured against. */
export interface KnownSession {
  readonly kind: 'known';
  readonly base: () => SessionFields;
  /** Saves one round trip while nobody else has written; unknown after a save of our own. */
  readonly cas: bigint | undefined;
}

/** Where a session object comes from; `new` for one that express-session has generated and nobody has saved yet. */
export type SessionOrigin = KnownSession | { readonly kind: 'new' };

/** Remembers beside each session object where it comes from, as long as the object lives. */
export class SessionOrigins {
  readonly #origins = new WeakMap<object, SessionOrigin>();

  /** `undefined` for an object that came from elsewhere. */
  of(session: object): SessionOrigin | undefined {
    return this.#origins.get(session);
  }

  generated(session: object): void {
    this.#origins.set(session, { kind: 'new' });
  }

  loaded(session: object, cas: bigint): void {
    // As text: the application changes the objects inside, and most requests never need the fields.
    const text = JSON.stringify(session);
    const base = () => toFields(JSON.parse(text) as object);
    this.#origins.set(session, { kind: 'known', base, cas });
  }

  saved(session: object, fields: SessionFields): void {
    this.#origins.set(session, { kind: 'known', base: () => fields, cas: undefined });
  }

  /** express-session copies the loaded data into a session object of its own. */
  copied(from: object, to: object): void {
    const origin = this.#origins.get(from);
    if (origin) this.#origins.set(to, origin);
  }
}
