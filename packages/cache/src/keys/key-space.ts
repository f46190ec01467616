/**
 * Names of everything one namespace keeps in memcached. It knows nothing about values.
 *
 *   <ns>:<key>            an entry
 *   <ns>:@lease:<key>     the right to load that entry
 *   <ns>:@tag:<tag>       version token of a tag
 *   <ns>:@all             version token of the namespace
 *   <ns>:@tags            changes with every tag invalidation
 *   <ns>:@lock:<key>      who holds a lock, and `@fence:` its last fencing number
 *   <ns>:@rate:<key>:…    how much of a rate limit is used in one window
 *   <ns>:@once:<key>      the result of work that is done once
 *
 * Without a namespace the `<ns>:` is absent. A key goes to memcached as it is, unless that would be refused or
 * ambiguous; then `@sha256:` and its digest take its place. That is so for a key that
 *   - makes the entry's name longer than 200 bytes (the rest of the 250 is left for `@lease:` and a client's prefix),
 *   - has spaces, control characters or half a surrogate pair,
 *   - looks like one of the names above.
 * No two keys share a name: a key that is kept as it is never contains a reserved word, every digest does.
 */
import { createHash } from 'node:crypto';
import { MemcacheError } from '@memkit/core';

const LONGEST_NAME_BYTES = 200;
const LONGEST_NAMESPACE_BYTES = 100;

// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const ILLEGAL = /[\u0000-\u0020\u007f]/;
// Half a pair has no bytes of its own: all of them would become U+FFFD, and so the same key.
const HALF_PAIR = /\p{Surrogate}/u;
const RESERVED = /(?:^|:)@(?:all|fence|lease|lock|once|rate|sha256|tags?)(?::|$)/;
const PLAIN = /^[\u0021-\u003f\u0041-\u007e]*$/;

export class KeySpace {
  readonly namespace: string;
  /** Token of the namespace. */
  readonly all: string;
  /** Token that every tag invalidation changes. */
  readonly anyTag: string;
  readonly #prefix: string;
  readonly #room: number;

  constructor(namespace: string) {
    assertNamespace(namespace);
    this.namespace = namespace;
    this.#prefix = namespace === '' ? '' : `${namespace}:`;
    this.#room = LONGEST_NAME_BYTES - Buffer.byteLength(this.#prefix);
    this.all = `${this.#prefix}@all`;
    this.anyTag = `${this.#prefix}@tags`;
  }

  /** @throws `MEMCACHE_INVALID_KEY` for an empty key, or one that is not a string */
  entry(key: string): string {
    return this.#prefix + this.#safe(key, 'key');
  }

  lease(key: string): string {
    return `${this.#prefix}@lease:${this.#safe(key, 'key')}`;
  }

  /** @throws `MEMCACHE_INVALID_KEY` for an empty tag, or one that is not a string */
  tag(tag: string): string {
    return `${this.#prefix}@tag:${this.#safe(tag, 'tag')}`;
  }

  /** Names of the tokens that an entry with these tags depends on. */
  tokens(tags: Iterable<string>): string[] {
    const tokens = [this.all];
    for (const tag of tags) tokens.push(this.tag(tag));
    return tokens;
  }

  /** What is no entry: a lock, a rate limit, a result. */
  side(kind: 'fence' | 'lock' | 'once' | 'rate', key: string): string {
    return `${this.#prefix}@${kind}:${this.#safe(key, 'key')}`;
  }

  #safe(name: string, what: 'key' | 'tag'): string {
    if (typeof name !== 'string' || name === '') throw badName(name, what);
    if (PLAIN.test(name) && name.length <= this.#room) return name;
    const fits = Buffer.byteLength(name) <= this.#room;
    if (fits && !ILLEGAL.test(name) && !HALF_PAIR.test(name) && !RESERVED.test(name)) return name;
    // JSON spells half pairs out, so that they stay different.
    return `@sha256:${createHash('sha256').update(JSON.stringify(name)).digest('base64url')}`;
  }
}

function badName(name: unknown, what: 'key' | 'tag'): MemcacheError {
  return new MemcacheError('INVALID_KEY', {
    action: `Cannot use the ${what}`,
    detail: name === '' ? `the ${what} is empty` : `the ${what} is of type ${typeof name}, not a string`,
    hint: `Give a ${what} of at least one character; any length and any characters are fine.`,
  });
}

function assertNamespace(namespace: unknown): asserts namespace is string {
  const problem = namespaceProblem(namespace);
  if (problem === undefined) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot use option "namespace"',
    detail: problem,
    hint: "Choose a short name without spaces, such as 'shop' or 'shop:v2'.",
  });
}

function namespaceProblem(namespace: unknown): string | undefined {
  if (typeof namespace !== 'string') return `it is of type ${typeof namespace}, not a string`;
  const bytes = Buffer.byteLength(namespace);
  if (bytes > LONGEST_NAMESPACE_BYTES) return `it has ${bytes} bytes and ${LONGEST_NAMESPACE_BYTES} are allowed`;
  if (ILLEGAL.test(namespace) || HALF_PAIR.test(namespace)) return 'it has spaces or control characters';
  return RESERVED.test(namespace)
    ? 'it contains one of the reserved words @all, @fence, @lease, @lock, @once, @rate, @sha256, @tag, @tags'
    : undefined;
}
