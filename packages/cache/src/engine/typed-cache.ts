/** A cache that knows its keys, what is under them, and its tags. Types only: it is the same cache. */
import type { Ttl } from '@memkit/core';
import type { FilledKey, KeyParameters } from '../keys/key-template.js';
import type { WithOptions, CacheRead, LoadMissingContext, LoadOptions, Loader } from './cache-options.js';
import type { Cache, Memoized, MemoizeOptions } from './cache-surface.js';

/** Templates of a schema: `{ 'user:{id}': User }` -> `'user:{id}'`. */
export type TemplateOf<Schema> = keyof Schema & string;

/** Keys of a schema: `{ 'user:{id}': User }` -> `user:${string}`. */
export type KeyOf<Schema> = FilledKey<TemplateOf<Schema>>;

/** What is under a key. Of several templates that it fits, the narrowest counts. */
export type ValueOf<Schema, Key extends string> = Schema[Narrowest<Schema, Key, Fitting<Schema, Key>>];

type Fitting<Schema, Key extends string> = {
  [Template in TemplateOf<Schema>]: Key extends FilledKey<Template> ? Template : never;
}[TemplateOf<Schema>];

type Narrowest<Schema, Key extends string, Template extends string> =
  Template extends TemplateOf<Schema>
    ? true extends IsNarrower<Exclude<Fitting<Schema, Key>, Template>, Template>
      ? never
      : Template
    : never;

type IsNarrower<Other extends string, Template extends string> = Other extends string
  ? FilledKey<Other> extends FilledKey<Template>
    ? true
    : never
  : never;

/** Options of one read, with tags that are known. */
export type TypedLoadOptions<Value, Tag extends string> = Omit<LoadOptions<Value>, 'tags'> & {
  readonly tags?: readonly FilledKey<Tag>[] | ((value: Value) => readonly FilledKey<Tag>[]);
};

/** A key whose places are filled. Not an intersection: then the compiler would not read `user:${id}` as a template. */
type KeyArgument<Key extends string> = Key extends `${string}{${string}}${string}` ? never : Key;

/** Where neither keys, values nor tags come in. */
type UntypedMembers = Exclude<keyof Cache, TypedMembers>;

type TypedMembers =
  | 'getOrLoad'
  | 'read'
  | 'getOrLoadMany'
  | 'readMany'
  | 'get'
  | 'set'
  | 'touch'
  | 'delete'
  | 'invalidate'
  | 'invalidateTags'
  | 'key'
  | 'memoize'
  | 'with';

/**
 * A `Cache` whose keys, values and tags are checked by the compiler. The methods are those of `Cache`; where one says
 * what is cached, it is what the schema says. Values are JSON all the same: what is a `Date` in the schema comes back from
 * memcached as a string.
 */
export interface TypedCache<Schema extends object, Tag extends string = string> extends Pick<Cache, UntypedMembers> {
  /** The same cache without the types, for what takes any `Cache`. */
  readonly untyped: Cache;
  getOrLoad<Key extends KeyOf<Schema>>(
    key: KeyArgument<Key>,
    loader: Loader<ValueOf<Schema, Key>>,
    options?: TypedLoadOptions<ValueOf<Schema, Key>, Tag>,
  ): Promise<ValueOf<Schema, Key>>;
  read<Key extends KeyOf<Schema>>(
    key: KeyArgument<Key>,
    loader: Loader<ValueOf<Schema, Key>>,
    options?: TypedLoadOptions<ValueOf<Schema, Key>, Tag>,
  ): Promise<CacheRead<ValueOf<Schema, Key>>>;
  getOrLoadMany<Id, Key extends KeyOf<Schema>>(
    ids: readonly Id[],
    keyOf: (id: Id) => KeyArgument<Key>,
    loadMissing: TypedLoadMissing<Id, ValueOf<Schema, Key>>,
    options?: TypedLoadOptions<ValueOf<Schema, Key>, Tag>,
  ): Promise<(ValueOf<Schema, Key> | undefined)[]>;
  readMany<Id, Key extends KeyOf<Schema>>(
    ids: readonly Id[],
    keyOf: (id: Id) => KeyArgument<Key>,
    loadMissing: TypedLoadMissing<Id, ValueOf<Schema, Key>>,
    options?: TypedLoadOptions<ValueOf<Schema, Key>, Tag>,
  ): Promise<(CacheRead<ValueOf<Schema, Key>> | undefined)[]>;
  get<Key extends KeyOf<Schema>>(key: KeyArgument<Key>): Promise<ValueOf<Schema, Key> | undefined>;
  set<Key extends KeyOf<Schema>>(
    key: KeyArgument<Key>,
    value: ValueOf<Schema, Key> | undefined,
    options?: TypedLoadOptions<ValueOf<Schema, Key>, Tag>,
  ): Promise<void>;
  touch<Key extends KeyOf<Schema>>(key: KeyArgument<Key>, ttl?: Ttl): Promise<boolean>;
  delete<Key extends KeyOf<Schema>>(key: KeyArgument<Key>): Promise<void>;
  invalidate<Keys extends readonly KeyOf<Schema>[]>(
    ...keys: { [At in keyof Keys]: KeyArgument<Keys[At]> }
  ): Promise<void>;
  invalidateTags(...tags: readonly FilledKey<Tag>[]): Promise<void>;
  key<Template extends TemplateOf<Schema>>(
    template: Template,
    parameters: KeyParameters<Template>,
  ): FilledKey<Template>;
  memoize<Args extends readonly unknown[], Value>(
    fn: (...args: Args) => Promise<Value> | Value,
    options?: Omit<MemoizeOptions<Args, Value>, 'tags'> & Pick<TypedLoadOptions<Value, Tag>, 'tags'>,
  ): Memoized<Args, Value>;
  with(defaults: WithOptions): TypedCache<Schema, Tag>;
}

type TypedLoadMissing<Id, Value> = (
  ids: Id[],
  context: LoadMissingContext,
) => Promise<ReadonlyMap<Id, Value>> | ReadonlyMap<Id, Value>;
