/** Declarations of the further annotations that cannot work; impossible-decorators.spec.ts has those of the first four. */
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { CacheDefaults } from './cache-defaults.js';
import { CacheKey } from './cache-key-method.js';
import { DecrementCounter, IncrementCounter } from './change-counter.js';
import { Content } from './content-parameter.js';
import { Delta } from './delta-parameter.js';
import { InvalidateAssigned } from './invalidate-assigned.js';
import { InvalidateMulti } from './invalidate-multi.js';
import { Invalidate } from './invalidate.js';
import { Key } from './key-parameter.js';
import { ReadCounter } from './read-counter.js';
import { ReadThroughAssigned } from './read-through-assigned.js';
import { ReadThroughMulti } from './read-through-multi.js';
import { ReadThrough } from './read-through.js';
import { UpdateAssigned } from './update-assigned.js';
import { UpdateCounter } from './update-counter.js';
import { UpdateMulti } from './update-multi.js';
import { Update } from './update.js';

type AnyDecorator = (target: object, name: string, descriptor: PropertyDescriptor) => unknown;
type ParameterMark = (target: object, name: string | undefined, index: number) => void;

/** Decorators as untyped code has them, which the compiler does not stop. */
const untyped = <Option>(decorator: (options: never) => unknown, options?: Option) =>
  decorator(options as never) as AnyDecorator;

/** Users.run(0, 1), with marks on its parameters and decorators from the top. */
function users(decorators: readonly AnyDecorator[], marks: readonly (readonly [ParameterMark, number])[] = []) {
  return () => {
    class Users {
      async run(one: unknown, two: unknown) {
        return Promise.resolve([one, two]);
      }
    }
    for (const [mark, index] of marks) mark(Users.prototype, 'run', index);
    decorate(Users, 'run', decorators);
    return Users;
  };
}

function decorate(owner: abstract new () => object, name: string, decorators: readonly AnyDecorator[]): void {
  for (const decorator of decorators.toReversed()) {
    const descriptor = Object.getOwnPropertyDescriptor(owner.prototype, name)!;
    Object.defineProperty(owner.prototype, name, decorator(owner.prototype as object, name, descriptor) ?? descriptor);
  }
}

/** A class that nothing is on yet. */
function someClass() {
  return class Users {
    readonly id = 1;
  };
}

/** Two methods, each with one decorator and its first parameter marked. */
function two(first: AnyDecorator, second: AnyDecorator) {
  return () => {
    class Users {
      async one(id: string) {
        return Promise.resolve(id);
      }
      async two(id: string) {
        return Promise.resolve(id);
      }
    }
    for (const name of ['one', 'two']) Key()(Users.prototype, name, 0);
    decorate(Users, 'one', [first]);
    decorate(Users, 'two', [second]);
  };
}

const key0 = [[Key(), 0]] as const;
const byKey = { key: () => 'k' };

const impossible: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    'a namespace that is no text',
    users([untyped(ReadThrough, { namespace: 7 })], key0),
    /@ReadThrough on Users\.run.*namespace is of type number.*namespace: 'user'/,
  ],
  [
    'an assigned read without a key',
    users([untyped(ReadThroughAssigned, {})]),
    /@ReadThroughAssigned on Users\.run.*type undefined.*key: 'all'/,
  ],
  [
    'an assigned update with an empty key',
    users([untyped(UpdateAssigned, { key: '' })]),
    /@UpdateAssigned on Users\.run.*key is empty.*key: 'all'/,
  ],
  [
    'an assigned invalidation with a key function',
    users([untyped(InvalidateAssigned, byKey)]),
    /@InvalidateAssigned on Users\.run.*type function.*key: 'all'/,
  ],
  [
    'two assigned reads of one default namespace and key',
    two(untyped(ReadThroughAssigned, { key: 'all' }), untyped(ReadThroughAssigned, { key: 'all' })),
    /@ReadThroughAssigned on Users\.two.*one reads under the same default namespace/,
  ],
  [
    'two reading decorators on one method',
    users([untyped(ReadThrough, { namespace: 'a' }), untyped(ReadThroughAssigned, { namespace: 'b', key: 'c' })], key0),
    /@ReadThrough on Users\.run.*another decorator on it reads already.*Keep one/,
  ],
  [
    'a counter beside entries of one default namespace',
    two(untyped(ReadThrough), untyped(ReadCounter)),
    /@ReadCounter on Users\.two.*one has @ReadThrough under the same namespace.*namespace of their own/,
  ],
  [
    'entries beside a counter of one given namespace',
    two(untyped(IncrementCounter, { namespace: 'n' }), untyped(ReadThroughMulti, { namespace: 'n', key: () => 1 })),
    /@ReadThroughMulti on Users\.two.*one has @IncrementCounter/,
  ],
  [
    'a parameter marked twice',
    users([untyped(ReadThrough)], [...key0, ...key0]),
    /@Key on Users\.run.*parameter 1 is marked twice.*Remove one/,
  ],
  ['@Key on a method', users([Key() as unknown as AnyDecorator]), /@Key on Users\.run.*not stand on a parameter/],
  ['an order that is no whole number', users([], [[Key({ order: 1.5 }), 0]]), /@Key on Users\.run.*the order is 1\.5/],
  [
    '@Content on a constructor',
    () => {
      Content()(someClass(), undefined, 0);
    },
    /@Content on Users\.constructor/,
  ],
  [
    'two contents',
    users(
      [untyped(Update, byKey)],
      [
        [Content(), 0],
        [Content(), 1],
      ],
    ),
    /@Update on Users\.run.*2 of its parameters have @Content\(\).*exactly one/,
  ],
  [
    'a content twice over',
    users([untyped(Update, { ...byKey, content: () => 1 })], [[Content(), 0]]),
    /@Update on Users\.run.*both @Content\(\) and the option "content"/,
  ],
  [
    'the same of UpdateCounter',
    users([untyped(UpdateCounter, { ...byKey, content: () => 1 })], [[Content(), 0]]),
    /@UpdateCounter on Users\.run.*both @Content\(\)/,
  ],
  [
    'two deltas',
    users(
      [untyped(IncrementCounter, byKey)],
      [
        [Delta(), 0],
        [Delta(), 1],
      ],
    ),
    /@IncrementCounter on Users\.run.*2 of its parameters have @Delta\(\)/,
  ],
  [
    'a delta twice over',
    users([untyped(DecrementCounter, { ...byKey, delta: 1 })], [[Delta(), 0]]),
    /@DecrementCounter on Users\.run.*both @Delta\(\) and the option "delta"/,
  ],
  [
    'a negative delta',
    users([untyped(IncrementCounter, { ...byKey, delta: -1 })]),
    /Users\.run.*"delta" is -1.*whole number from 0/,
  ],
  [
    'a fractional start',
    users([untyped(DecrementCounter, { ...byKey, initial: 0.5 })]),
    /Users\.run.*"initial" is 0\.5/,
  ],
  [
    'a counter without a key',
    users([untyped(IncrementCounter)]),
    /@IncrementCounter on Users\.run.*nothing says what its key is/,
  ],
  ['a read counter without a key', users([untyped(ReadCounter)]), /@ReadCounter on Users\.run.*@Key\(\)/],
  ['an update of a counter without a key', users([untyped(UpdateCounter)]), /@UpdateCounter on Users\.run.*@Key\(\)/],
  [
    'a multi-update without ids',
    users([untyped(UpdateMulti)]),
    /@UpdateMulti on Users\.run.*which parameter holds the ids/,
  ],
  [
    'a multi-invalidation without ids',
    users([untyped(InvalidateMulti)]),
    /@InvalidateMulti on Users\.run.*which parameter holds the ids/,
  ],
  [
    'a multi-invalidation of two lists',
    () => {
      class Users {
        @InvalidateMulti()
        async run(@Key() ids: string[], @Key() languages: string[]) {
          return Promise.resolve([ids, languages]);
        }
      }
      return Users;
    },
    /@InvalidateMulti on Users\.run.*2 of its @Key\(\) parameters are lists/,
  ],
  [
    'a multi-update of a text',
    () => {
      class Users {
        @UpdateMulti()
        async run(@Key() id: string) {
          return Promise.resolve([id]);
        }
      }
      return Users;
    },
    /@UpdateMulti on Users\.run.*0 of its @Key\(\) parameters are lists/,
  ],
  [
    'a method whose declared type is no promise',
    () => {
      class Users {
        // @ts-expect-error -- the compiler finds it as well
        @ReadThrough()
        run(@Key() id: string): string {
          return id;
        }
      }
      return Users;
    },
    /@ReadThrough on Users\.run.*returns a String and no promise.*async/,
  ],
  [
    'a generator',
    () => {
      class Users {
        // @ts-expect-error -- the compiler finds it as well
        @ReadThrough()
        async *run(@Key() id: string) {
          yield await Promise.resolve(id);
        }
      }
      return Users;
    },
    /@ReadThrough on Users\.run.*generator.*promise of an array/,
  ],
  [
    'a key twice over',
    users([untyped(Update, { ...byKey, keyFromResult: true })]),
    /@Update on Users\.run.*both "key" and "keyFromResult"/,
  ],
  [
    'all entries and one',
    users([untyped(Invalidate, { ...byKey, allEntries: true })]),
    /@Invalidate on Users\.run.*removes all entries and has a key/,
  ],
  [
    'all entries and that of the result',
    users([untyped(Invalidate, { keyFromResult: true, allEntries: true })]),
    /@Invalidate on Users\.run.*removes all entries/,
  ],
  [
    'a result before the method ran, for the key',
    users([untyped(Invalidate, { keyFromResult: true, beforeInvocation: true })]),
    /@Invalidate on Users\.run.*"beforeInvocation" and "keyFromResult" contradict/,
  ],
  [
    'a result before the method ran, for unless',
    users([untyped(InvalidateAssigned, { key: 'all', unless: () => true, beforeInvocation: true })]),
    /@InvalidateAssigned on Users\.run.*"beforeInvocation" and "unless" contradict/,
  ],
  [
    'a text as key of a single read',
    users([untyped(ReadThrough, { key: 'all' })]),
    /@ReadThrough on Users\.run.*"key" is of type string.*@ReadThroughAssigned\(\{ key: 'all' \}\)/,
  ],
  [
    'a text as key of a multi-read',
    users([untyped(ReadThroughMulti, { key: 'all' })]),
    /@ReadThroughMulti on Users\.run.*"key" is of type string/,
  ],
  [
    'a cache that is none',
    users([untyped(ReadThrough, { ...byKey, cache: 'cache' })]),
    /@ReadThrough on Users\.run.*"cache" is not a cache.*createCache/,
  ],
  [
    'a whole class',
    () => (untyped(ReadThrough, byKey) as (target: object) => unknown)(someClass()),
    /@ReadThrough on Users\.\(class\).*not a method/,
  ],
  [
    'no parentheses',
    () => (ReadThrough as unknown as AnyDecorator)(someClass().prototype, 'run', {}),
    /@ReadThrough on Users.*without parentheses.*@ReadThrough\(\)/,
  ],
  [
    'a cache key with parameters',
    () =>
      decorate(
        class Users {
          key(a: string) {
            return a;
          }
        },
        'key',
        [untyped(CacheKey)],
      ),
    /@CacheKey on Users\.key.*1 parameters/,
  ],
  [
    'a cache key twice',
    () =>
      decorate(
        class Users {
          key() {
            return 1;
          }
        },
        'key',
        [untyped(CacheKey), untyped(CacheKey)],
      ),
    /@CacheKey on Users\.key.*key of the same class has it already/,
  ],
  [
    'a cache key of a field',
    () => untyped(CacheKey)(someClass().prototype, 'id', undefined as never),
    /@CacheKey on Users\.id.*neither a method nor a getter/,
  ],
  [
    'a static cache key',
    () => untyped(CacheKey)(someClass(), 'key', { value: () => 1 }),
    /@CacheKey on Users\.key.*static/,
  ],
  [
    'defaults twice',
    () => {
      const Users = someClass();
      CacheDefaults({ ttl: '1s' })(Users);
      CacheDefaults({ ttl: '1s' })(Users);
    },
    /@CacheDefaults on Users.*twice.*into one/,
  ],
  [
    'defaults with an empty namespace',
    () => {
      CacheDefaults({ namespace: '' })(someClass());
    },
    /@CacheDefaults on Users.*namespace is empty/,
  ],
  [
    'defaults with a cache that is none',
    () => {
      CacheDefaults({ cache: {} as never })(someClass());
    },
    /@CacheDefaults on Users.*not a cache/,
  ],
  ['defaults on a method', users([untyped(CacheDefaults, {})]), /@CacheDefaults on Users.*not stand on a class/],
];

describe('an annotation that cannot work', () => {
  it.each(impossible)('is refused when the class is defined: %s', (_what, define, message) => {
    expect(define).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_DECORATOR' }));
    expect(define).toThrow(message);
  });

  it.each([
    ['condition', ReadThrough],
    ['unless', Update],
    ['content', UpdateAssigned],
    ['signal', ReadThroughAssigned],
    ['idOf', ReadThroughMulti],
    ['keyFromResult', InvalidateMulti],
    ['allEntries', Invalidate],
    ['beforeInvocation', InvalidateAssigned],
    ['skipMissing', ReadThroughMulti],
  ] as const)('is refused with an option of another type: %s', (option, decorator) => {
    const define = users([untyped(decorator, { [option]: 'yes' })], key0);
    expect(define).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_DECORATOR' }));
    expect(define).toThrow(new RegExp(`on Users\\.run.*"${option}" is of type string.*Write`));
  });

  it.each([
    [
      'an option of other decorators',
      ReadThrough,
      { keyFromResult: true },
      'INVALID_OPTION',
      /@ReadThrough on Users\.run.*"keyFromResult"/,
    ],
    [
      'a misspelled option',
      IncrementCounter,
      { dleta: 1 },
      'INVALID_OPTION',
      /@IncrementCounter on Users\.run.*"delta"/,
    ],
    ['tags that are no texts', Update, { ...byKey, tags: [1] }, 'INVALID_OPTION', /@Update on Users\.run.*"tags"/],
    [
      'tags of an invalidation that are no list',
      Invalidate,
      { tags: 'users' },
      'INVALID_OPTION',
      /@Invalidate on Users\.run.*"tags"/,
    ],
    [
      'a bare number as ttl of a counter',
      ReadCounter,
      { ...byKey, ttl: 60 },
      'INVALID_TTL',
      /@ReadCounter on Users\.run.*'60s'/,
    ],
    [
      'an unknown policy',
      UpdateCounter,
      { ...byKey, whenUnavailable: 'no' },
      'INVALID_OPTION',
      /@UpdateCounter on Users\.run.*'throw'/,
    ],
    [
      'a jitter that is none',
      ReadThroughAssigned,
      { key: 'all', jitter: 7 },
      'INVALID_OPTION',
      /@ReadThroughAssigned on Users\.run.*"jitter"/,
    ],
  ] as const)('is refused with %s', (_what, decorator, options, code, message) => {
    const define = users([untyped(decorator, options)]);
    expect(define).toThrow(expect.objectContaining({ code: `MEMCACHE_${code}` }));
    expect(define).toThrow(message);
  });

  it.each([
    ['an unknown option', { tll: '1s' }, 'INVALID_OPTION', /@CacheDefaults on Users.*"ttl"/],
    ['a bare number', { ttl: 60 }, 'INVALID_TTL', /@CacheDefaults on Users.*'60s'/],
  ])('is refused in the defaults of a class: %s', (_what, options, code, message) => {
    const define = () => {
      CacheDefaults(options as never)(someClass());
    };
    expect(define).toThrow(expect.objectContaining({ code: `MEMCACHE_${code}` }));
    expect(define).toThrow(message);
  });

  it('may override a reading method of its base, and read beside one with another namespace', () => {
    class Base {
      @ReadThrough()
      async one(@Key() id: string) {
        return Promise.resolve(id);
      }
    }
    const define = () => {
      class Users extends Base {
        @ReadThrough()
        override async one(@Key() id: string) {
          return Promise.resolve(id);
        }
        @ReadThrough({ namespace: 'other' })
        async other(@Key() id: string) {
          return Promise.resolve(id);
        }
        @ReadThroughMulti()
        async many(@Key() ids: string[]) {
          return Promise.resolve(ids);
        }
      }
      return Users;
    };
    expect(define).not.toThrow();
  });
});
