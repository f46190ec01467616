import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { Invalidate } from './invalidate.js';
import { Key } from './key-parameter.js';
import { decoratedMethodsOf } from './method-metadata.js';
import { ReadThrough } from './read-through.js';
import { ReadThroughMulti } from './read-through-multi.js';
import { Update } from './update.js';

/** Each defines a class that cannot work. */
const impossible: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    'no key at all',
    () => {
      class Users {
        @ReadThrough({ namespace: 'user' })
        async findOne(id: string) {
          return id;
        }
      }
      return Users;
    },
    /@ReadThrough on Users\.findOne.*Mark a parameter with @Key\(\) or give the decorator a key function/,
  ],
  [
    'an update without a key',
    () => {
      class Users {
        @Update({ namespace: 'user' })
        async save(id: string) {
          return id;
        }
      }
      return Users;
    },
    /@Update on Users\.save.*@Key\(\)/,
  ],
  [
    'an invalidation of nothing',
    () => {
      class Users {
        @Invalidate({ namespace: 'user' })
        async remove(id: string) {
          return id;
        }
      }
      return Users;
    },
    /@Invalidate on Users\.remove.*@Key\(\)/,
  ],
  [
    'two keys of one order',
    () => {
      class Users {
        @ReadThrough({ namespace: 'user' })
        async findOne(@Key(1) id: string, @Key(1) language: string) {
          return id + language;
        }
      }
      return Users;
    },
    /Users\.findOne.*two of its parameters have @Key\(1\).*an order of its own/,
  ],
  [
    'an order for some keys only',
    () => {
      class Users {
        @ReadThrough({ namespace: 'user' })
        async findOne(@Key(1) id: string, @Key() language: string) {
          return id + language;
        }
      }
      return Users;
    },
    /Users\.findOne.*some have none/,
  ],
  [
    'a negative order',
    () => {
      class Users {
        @ReadThrough({ namespace: 'user' })
        async findOne(@Key(-1) id: string) {
          return id;
        }
      }
      return Users;
    },
    /@Key on Users\.findOne.*the order is -1.*whole number from 0/,
  ],
  [
    'a key of a constructor',
    () => {
      class Users {
        constructor(@Key() readonly id: string) {}
      }
      return Users;
    },
    /@Key on Users\.constructor.*parameter of a method/,
  ],
  [
    'two lists',
    () => {
      class Users {
        @ReadThroughMulti({ namespace: 'user' })
        async findMany(@Key() ids: string[], @Key() languages: string[]) {
          return ids.map((id) => id + languages.join());
        }
      }
      return Users;
    },
    /@ReadThroughMulti on Users\.findMany.*2 of its @Key\(\) parameters are lists.*exactly one list/,
  ],
  [
    'no list',
    () => {
      class Users {
        // @ts-expect-error -- there is no list
        @ReadThroughMulti({ namespace: 'user' })
        async findMany(@Key() id: string) {
          return [id];
        }
      }
      return Users;
    },
    /Users\.findMany.*0 of its @Key\(\) parameters are lists/,
  ],
  [
    'a multi-read without a key',
    () => {
      class Users {
        @ReadThroughMulti({ namespace: 'user' })
        async findMany(ids: string[]) {
          return ids;
        }
      }
      return Users;
    },
    /Users\.findMany.*which parameter holds the ids/,
  ],
  [
    'an empty namespace',
    () => {
      class Users {
        @ReadThrough({ namespace: '' })
        async findOne(@Key() id: string) {
          return id;
        }
      }
      return Users;
    },
    /Users\.findOne.*namespace is empty.*namespace: 'user'/,
  ],
  [
    'two reading methods without a namespace',
    () => {
      class Users {
        @ReadThrough()
        async findOne(@Key() id: string) {
          return id;
        }
        @ReadThrough()
        async findFriend(@Key() id: string) {
          return id;
        }
      }
      return Users;
    },
    /Users\.findFriend.*findOne reads under the same default namespace/,
  ],
  [
    'a getter',
    () => {
      class Users {
        get all() {
          return Promise.resolve([]);
        }
      }
      const descriptor = Object.getOwnPropertyDescriptor(Users.prototype, 'all');
      return ReadThrough({ namespace: 'user' })(Users.prototype, 'all', descriptor as never);
    },
    /@ReadThrough on Users\.all.*not a method.*Put the decorator on a method/,
  ],
  [
    'a field',
    () => {
      class Users {
        field = 1;
      }
      return ReadThrough({ namespace: 'user' })(Users.prototype, 'field', undefined as never);
    },
    /@ReadThrough on Users\.field.*not a method/,
  ],
];

describe('a decorator that cannot work', () => {
  it.each(impossible)('is refused when the class is defined: %s', (_what, define, message) => {
    expect(define).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_DECORATOR' }));
    expect(define).toThrow(message);
  });

  it('is refused at the first call where only the arguments show it', async () => {
    class Users {
      @ReadThroughMulti({ namespace: 'user' })
      async findMany(@Key() ids: string[] | string): Promise<string[]> {
        return [ids].flat();
      }
    }
    await expect(new Users().findMany('1')).rejects.toThrow(/0 of its key arguments are lists/);
  });

  it.each([
    ['an unknown option', { namespce: 'user' }, 'INVALID_OPTION', /"namespce".*"namespace"/],
    ['a bare number as ttl', { ttl: 60 }, 'INVALID_TTL', /'60s'.*'60ms'/],
    ['an unknown policy', { whenUnavailable: 'ignore' }, 'INVALID_OPTION', /'miss'.*'throw'/],
  ])('is refused when the class is defined: %s', (_what, options, code, message) => {
    const kinds = [ReadThrough, ReadThroughMulti, Update] as readonly ((options: never) => MethodDecorator)[];
    for (const decorator of kinds) {
      const define = () => {
        class Users {
          @decorator(options as never)
          async findMany(@Key() ids: string[]): Promise<string[]> {
            return ids;
          }
        }
        return Users;
      };
      expect(define).toThrow(expect.objectContaining({ code: `MEMCACHE_${code}` }));
      expect(define).toThrow(message);
      expect(define).toThrow(/on Users\.findMany/);
    }
  });
});

describe('decorated methods', () => {
  it('keep the metadata that other decorators left on the method', () => {
    const Mark: MethodDecorator = (_target, _name, descriptor) => {
      Reflect.defineMetadata('mark', 'here', descriptor.value as object);
    };
    class Users {
      @ReadThrough({ namespace: 'user' })
      @Mark
      async findOne(@Key() id: string) {
        return id;
      }
    }
    expect(Reflect.getMetadata('mark', Users.prototype.findOne)).toBe('here');
  });

  it('are listed with their class, inherited ones included and overridden ones not', () => {
    class Base {
      @ReadThrough({ namespace: 'a' })
      async one(@Key() id: string) {
        return id;
      }
      @ReadThrough({ namespace: 'b' })
      async two(@Key() id: string) {
        return id;
      }
    }
    class Derived extends Base {
      override async two(id: string) {
        return id;
      }
      @Update({ namespace: 'a' })
      @Invalidate({ tags: ['t'] })
      async three(@Key() id: string) {
        return id;
      }
    }
    expect(decoratedMethodsOf(Derived.prototype).map(({ place, decorator }) => `${decorator} ${place}`)).toEqual([
      '@Invalidate Derived.three',
      '@Update Derived.three',
      '@ReadThrough Base.one',
    ]);
    expect(decoratedMethodsOf(Date.prototype)).toEqual([]);
  });
});
