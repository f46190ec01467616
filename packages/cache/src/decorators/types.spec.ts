/**
 * What the compiler refuses. Each line below `@ts-expect-error` is a mistake; without it the type check of this file
 * fails, as it does when a correct use becomes an error.
 */
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { CacheKey } from './cache-key-method.js';
import { DecrementCounter, IncrementCounter } from './change-counter.js';
import { Content } from './content-parameter.js';
import { InvalidateMulti } from './invalidate-multi.js';
import { Invalidate } from './invalidate.js';
import { Key } from './key-parameter.js';
import { ReadCounter } from './read-counter.js';
import { ReadThroughAssigned } from './read-through-assigned.js';
import { ReadThroughMulti } from './read-through-multi.js';
import { ReadThrough } from './read-through.js';
import { UpdateMulti } from './update-multi.js';
import { Update } from './update.js';

interface User {
  readonly id: string;
  readonly age: number;
}
declare function find(id: string): Promise<User>;

/** Never made: the compiler reads it, and the check of impossible declarations would refuse some of it. */
export function legacyDecorators() {
  class Right {
    @ReadThrough({
      namespace: 'user',
      key: (id: string) => id,
      unless: ({ result }: { result: User }) => result.age === 0,
    })
    async withFunctions(id: string, more?: boolean): Promise<User> {
      return await find(more === true ? id : '');
    }
    @ReadThrough<[id: string], User>({ key: (id) => id, tags: ({ args: [id], result }) => [id, String(result.age)] })
    async withTypeArguments(id: string): Promise<User> {
      return await find(id);
    }
    @ReadThrough({ namespace: 'wider', key: (id: string | number) => [id] })
    async withAWiderFunction(id: string): Promise<User> {
      return await find(id);
    }
    @ReadThrough({ namespace: 'generic' })
    async generic<Kind extends User>(@Key() id: string): Promise<Kind | undefined> {
      return await Promise.resolve(id === '' ? undefined : undefined);
    }
    @ReadThroughMulti({ namespace: 'user', idOf: (user: User) => user.id })
    async many(@Key() ids: readonly string[]): Promise<User[]> {
      return await Promise.all(ids.map(find));
    }
    @ReadThroughMulti({ namespace: 'map' })
    async asMap(@Key() ids: string[]): Promise<Map<string, User>> {
      return new Map(await Promise.all(ids.map(async (id) => [id, await find(id)] as const)));
    }
    @ReadThroughMulti({ namespace: 'holes', idOf: (user: User) => user.id })
    async withHoles(@Key() ids: string[]): Promise<(User | undefined)[]> {
      return await Promise.all(ids.map(find));
    }
    @UpdateMulti({ namespace: 'user', idOf: (user: User) => user.id })
    async save(@Key() ids: string[], @Content() users: User[]): Promise<void> {
      await Promise.resolve([ids, users]);
    }
    @ReadCounter({ namespace: 'count' })
    async count(@Key() id: string): Promise<number | undefined> {
      return await Promise.resolve(id.length);
    }
    @Invalidate({ namespace: 'user' })
    async remove(@Key() id: string): Promise<boolean> {
      return await Promise.resolve(id !== '');
    }
    @CacheKey()
    key(): string {
      return 'key';
    }
    @CacheKey()
    get other(): number {
      return 1;
    }
  }

  class Wrong {
    // @ts-expect-error -- no promise
    @ReadThrough({ namespace: 'user' })
    sync(@Key() id: string): string {
      return id;
    }
    // @ts-expect-error -- no promise
    @Update({ namespace: 'user' })
    syncUpdate(@Key() id: string): string {
      return id;
    }
    // @ts-expect-error -- no promise
    @Invalidate({ namespace: 'user' })
    syncRemoval(@Key() id: string): string {
      return id;
    }
    // @ts-expect-error -- no promise
    @IncrementCounter({ namespace: 'user' })
    syncCount(@Key() id: string): string {
      return id;
    }
    // @ts-expect-error -- the key function takes a number
    @ReadThrough({ namespace: 'user', key: (id: number) => id })
    async otherArguments(id: string): Promise<User> {
      return await find(id);
    }
    // @ts-expect-error -- the condition takes two arguments, of which the second is missing
    @ReadThrough({ namespace: 'user', condition: (id: string, size: number) => id.length < size })
    async fewerArguments(@Key() id: string): Promise<User> {
      return await find(id);
    }
    // @ts-expect-error -- unless takes another result
    @ReadThrough({ namespace: 'user', unless: ({ result }: { result: number }) => result === 0 })
    async otherResult(@Key() id: string): Promise<User> {
      return await find(id);
    }
    // @ts-expect-error -- tags take another result
    @Update({ namespace: 'user', tags: ({ result }: { result: { team: string } }) => [result.team] })
    async otherTags(@Key() id: string): Promise<User> {
      return await find(id);
    }
    // @ts-expect-error -- the key is taken from another result
    @Update({ namespace: 'user', keyFromResult: ({ result }: { result: { name: string } }) => result.name })
    async otherKey(id: string): Promise<User> {
      return await find(id);
    }
    // @ts-expect-error -- idOf takes other items
    @ReadThroughMulti({ namespace: 'user', idOf: (row: { name: string }) => row.name })
    async otherItems(@Key() ids: string[]): Promise<User[]> {
      return await Promise.all(ids.map(find));
    }
    // @ts-expect-error -- the result is no list
    @ReadThroughMulti({ namespace: 'user' })
    async noItems(@Key() ids: string[]): Promise<number> {
      return await Promise.resolve(ids.length);
    }
    // @ts-expect-error -- no list of ids
    @ReadThroughMulti({ namespace: 'user' })
    async noList(@Key() id: string): Promise<User[]> {
      return [await find(id)];
    }
    // @ts-expect-error -- the key function takes ids that are numbers
    @ReadThroughMulti({ namespace: 'user', key: (id: number) => id })
    async otherIds(ids: string[]): Promise<User[]> {
      return await Promise.all(ids.map(find));
    }
    // @ts-expect-error -- idOf takes other items
    @UpdateMulti({ namespace: 'user', idOf: (row: { name: string }) => row.name })
    async otherContent(@Key() ids: string[]): Promise<User[]> {
      return await Promise.all(ids.map(find));
    }
    // @ts-expect-error -- a counter is no text
    @ReadCounter({ namespace: 'count' })
    async textCount(@Key() id: string): Promise<string> {
      return await Promise.resolve(id);
    }
    // @ts-expect-error -- the delta takes another argument
    @DecrementCounter({ namespace: 'count', delta: (_id: string, by: number) => by })
    async otherDelta(@Key() id: string, by: string): Promise<void> {
      await Promise.resolve(id + by);
    }
    // @ts-expect-error -- a key with a parameter
    @CacheKey()
    key(prefix: string): string {
      return prefix;
    }
    // @ts-expect-error -- not on a field
    @ReadThrough({ namespace: 'user' })
    field = 1;
  }
  // @ts-expect-error -- an assigned form needs its key
  ReadThroughAssigned({ namespace: 'user' });
  // @ts-expect-error -- a text is for the assigned form
  ReadThrough({ key: 'all' });
  // @ts-expect-error -- a bare number
  ReadThrough({ ttl: 60 });
  // @ts-expect-error -- misspelled
  Invalidate({ namespce: 'user' });
  // @ts-expect-error -- not an option of an invalidation
  InvalidateMulti({ ttl: '1s' });
  return [Right, Wrong];
}

/** The same for standard decorators, which need a compiler of their own: line -> whether it is a mistake. */
const standard = `
import { CacheKey } from './decorators/cache-key-method.js'; import { IncrementCounter } from './decorators/change-counter.js'; import { Invalidate } from './decorators/invalidate.js'; import { ReadThrough } from './decorators/read-through.js'; import { ReadThroughMulti } from './decorators/read-through-multi.js'; import { Update } from './decorators/update.js'; 
export class Users {
  @ReadThrough({ namespace: 'a', key: (id: string) => id }) async right(id: string, more?: number) { return id; }
  @ReadThrough({ namespace: 'a', key: (id: string) => id }) static async alsoRight(id: string) { return id; }
  @ReadThrough({ namespace: 'a', key: (id: string) => id }) async #alsoRight(id: string) { return id; }
  @ReadThrough({ namespace: 'g', key: (id: string) => id }) async generic<T>(id: string): Promise<T[]> { return []; }
  @ReadThroughMulti({ key: (id: string) => id, idOf: (row: { id: string }) => row.id }) async many(ids: string[]): Promise<{ id: string }[]> { return []; }
  @CacheKey() key() { return 'key'; }
  @CacheKey() get other() { return 1; }
  @ReadThrough({ namespace: 'a', key: (id: number) => id }) async mistake1(id: string) { return id; }
  @ReadThrough({ namespace: 'a', key: (id: string) => id }) mistake2(id: string) { return id; }
  @ReadThroughMulti({ key: (id: string) => id, idOf: (row: { name: string }) => row.name }) async mistake3(ids: string[]): Promise<{ id: string }[]> { return []; }
  @ReadThroughMulti({ key: (id: number) => id }) async mistake4(ids: string[]): Promise<string[]> { return []; }
  @Update({ key: (id: string) => id, unless: ({ result }: { result: number }) => result === 0 }) async mistake5(id: string) { return id; }
  @Invalidate({ key: (id: string) => id }) mistake6 = 1;
  @IncrementCounter({ key: (id: string) => id, delta: (id: string, by: number) => by }) async mistake7(id: string) {}
  @CacheKey() mistake8(prefix: string) { return prefix; }
}`;

describe('the types of the decorators', () => {
  it('refuse the same mistakes in the standard form', () => {
    const file = new URL('../standard-decorators-in-text.ts', import.meta.url).pathname;
    const options: ts.CompilerOptions = {
      target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2023.d.ts'],
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      customConditions: ['@memkit/source'],
      // Without those of Node, which nothing here depends on, the check takes a third of the time.
      types: [],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
    };
    const host = ts.createCompilerHost(options);
    const { fileExists, getSourceFile } = host;
    host.fileExists = (name) => name === file || fileExists(name);
    host.getSourceFile = (name, ...others) =>
      name === file
        ? ts.createSourceFile(name, standard, ts.ScriptTarget.ES2022, true)
        : getSourceFile(name, ...others);
    const program = ts.createProgram([file], options, host);
    const source = program.getSourceFile(file);
    const found = program.getSemanticDiagnostics(source).map(({ start }) => {
      const { line } = source!.getLineAndCharacterOfPosition(start ?? 0);
      return /mistake\d/.exec(standard.split('\n')[line] ?? '')?.[0] ?? `line ${String(line)}`;
    });
    expect([...new Set(found)]).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((at) => `mistake${String(at)}`));
  });

  it('stand beside the same mistakes in the legacy form, which the compiler of this file finds', () => {
    expect(legacyDecorators).toBeInstanceOf(Function);
  });
});
