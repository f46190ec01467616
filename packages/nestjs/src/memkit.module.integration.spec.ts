/** The module in a real Nest application on the embedded server. */
import 'reflect-metadata';
import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Invalidate, Key, ReadThrough, ReadThroughMulti, Update, type Cache } from '@memkit/cache';
import { isMemcacheError, type Memcache, type MemcacheError } from '@memkit/core';
import {
  Controller,
  Get,
  Inject,
  Injectable,
  Module,
  Param,
  Scope,
  SetMetadata,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type INestApplication,
  type ModuleMetadata,
} from '@nestjs/common';
import { REQUEST } from '@nestjs/core';
import { Test } from '@nestjs/testing';
import supertest from 'supertest';
import {
  InjectCache,
  InjectMemcache,
  MEMKIT_CACHE,
  MEMKIT_MEMCACHE,
  MemkitModule,
  type MemkitModuleOptions,
  type MemkitOptionsFactory,
} from './index.js';

const open: INestApplication[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((app) => app.close()));
});

/** The embedded server, whatever the environment of the tests says. */
const embedded = (): MemkitModuleOptions => ({ memcache: { environment: {} }, cache: { namespace: randomUUID() } });

async function start(metadata: ModuleMetadata): Promise<INestApplication> {
  const module = await Test.createTestingModule(metadata).compile();
  const app = module.createNestApplication();
  app.useLogger(false);
  open.push(app);
  await app.init();
  return app;
}

async function failureOf(promise: Promise<unknown>): Promise<MemcacheError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!isMemcacheError(error)) throw new TypeError('it did not fail with a MemcacheError', { cause: error });
  return error;
}

interface User {
  readonly id: string;
  readonly name: string;
}

/** Counts what its methods cost. */
@Injectable()
class Users {
  readonly asked: string[] = [];
  readonly names = new Map([
    ['1', 'Ada'],
    ['2', 'Grace'],
    ['3', 'Barbara'],
  ]);

  @ReadThrough({ namespace: 'user', ttl: '1m' })
  async findOne(@Key() id: string): Promise<User> {
    this.asked.push(id);
    return { id, name: this.names.get(id) ?? '' };
  }

  @ReadThroughMulti({ namespace: 'user', ttl: '1m' })
  async findMany(@Key() ids: readonly string[]): Promise<User[]> {
    this.asked.push(ids.join('+'));
    return ids.map((id) => ({ id, name: this.names.get(id) ?? '' }));
  }

  @Update({ namespace: 'user', ttl: '1m' })
  async rename(@Key() id: string, name: string): Promise<User> {
    this.names.set(id, name);
    return { id, name };
  }

  @Invalidate({ namespace: 'user' })
  async remove(@Key() id: string): Promise<void> {
    this.names.delete(id);
  }

  async greet(id: string): Promise<string> {
    return `Hello ${(await this.findOne(id)).name}`;
  }
}

describe('MemkitModule.forRoot', () => {
  it('gives one client and one cache over it to every module', async () => {
    @Injectable()
    class Reports {
      constructor(
        @InjectMemcache() readonly memcache: Memcache,
        @InjectCache() readonly cache: Cache,
      ) {}
    }
    @Module({ providers: [Reports], exports: [Reports] })
    class ReportsModule {}

    const app = await start({ imports: [MemkitModule.forRoot(embedded()), ReportsModule] });
    const { memcache, cache } = app.get(Reports);
    expect(memcache).toBe(app.get(MEMKIT_MEMCACHE));
    expect(cache).toBe(app.get(MEMKIT_CACHE));
    expect(cache.client).toBe(memcache);
    expect(await memcache.set('a', 1)).toBe(true);
  });

  it('works without options, from the environment', async () => {
    const environment = jest.replaceProperty(process, 'env', { MEMCACHE_SERVERS: 'cache-1.example:11211' });
    try {
      const app = await start({ imports: [MemkitModule.forRoot()] });
      expect(app.get<Memcache>(MEMKIT_MEMCACHE).explain().servers).toEqual(['cache-1.example:11211']);
    } finally {
      environment.restore();
    }
  });

  it('hands its options to the client and to the cache', async () => {
    const options = {
      memcache: { environment: {}, keyPrefix: 'app:' },
      cache: { namespace: 'shop', ttl: '2h' },
    } as const;
    const app = await start({ imports: [MemkitModule.forRoot(options)] });
    const cache = app.get<Cache>(MEMKIT_CACHE);
    const read = await cache.read('a', () => 1);
    expect(cache.namespace).toBe('shop');
    expect(Math.round(((read.freshUntil ?? 0) - (read.storedAt ?? 0)) / 60_000)).toBe(120);
    await app.get<Memcache>(MEMKIT_MEMCACHE).set('k'.repeat(246), 1);
    expect((await failureOf(app.get<Memcache>(MEMKIT_MEMCACHE).set('k'.repeat(247), 1))).code).toBe(
      'MEMCACHE_INVALID_KEY',
    );
  });

  it('is for the importing module alone with isGlobal: false', async () => {
    @Injectable()
    class Lonely {
      constructor(@InjectCache() readonly cache: Cache) {}
    }
    @Module({ providers: [Lonely] })
    class LonelyModule {}
    const memkit = (): DynamicModule => MemkitModule.forRoot({ ...embedded(), isGlobal: false });

    await expect(start({ imports: [memkit(), LonelyModule] })).rejects.toThrow(/Lonely/);
    await expect(start({ imports: [memkit()], providers: [Lonely] })).resolves.toBeDefined();
  });

  it('closes the client after the application', async () => {
    const app = await start({ imports: [MemkitModule.forRoot(embedded())] });
    const memcache = app.get<Memcache>(MEMKIT_MEMCACHE);
    await memcache.set('a', 1);
    await app.close();
    expect((await failureOf(memcache.get('a'))).code).toBe('MEMCACHE_CLIENT_CLOSED');
  });

  it.each([
    ['of the module', { memcach: {} }, /"memcach" of MemkitModule.*"memcache"/],
    ['of the client', { memcache: { serverz: 'a:1', environment: {} } }, /"serverz".*"servers"/],
    ['of the cache', { memcache: { environment: {} }, cache: { ttll: '1m' } }, /"ttll".*"ttl"/],
  ])('refuses a misspelled option %s when the application starts', async (_title, options, message) => {
    const error = await failureOf(start({ imports: [MemkitModule.forRoot(options as MemkitModuleOptions)] }));
    expect(error.code).toBe('MEMCACHE_INVALID_OPTION');
    expect(error.message).toMatch(message);
  });

  it('refuses to start in production without a server, and names the variables', async () => {
    const memkit = MemkitModule.forRoot({ memcache: { environment: { NODE_ENV: 'production' } } });
    const error = await failureOf(start({ imports: [memkit] }));
    expect(error.code).toBe('MEMCACHE_NOT_CONFIGURED');
    expect(error.message).toContain('MEMCACHE_SERVERS');
  });
});

describe('MemkitModule.forRootAsync', () => {
  const SETTINGS = Symbol('settings');

  @Module({ providers: [{ provide: SETTINGS, useValue: { namespace: 'configured' } }], exports: [SETTINGS] })
  class SettingsModule {}

  @Injectable()
  class MemkitSettings implements MemkitOptionsFactory {
    constructor(@Inject(SETTINGS) readonly settings: { readonly namespace: string }) {}

    async createMemkitOptions(): Promise<MemkitModuleOptions> {
      return {
        memcache: { environment: {} },
        cache: { namespace: `${this.settings.namespace} class`.replace(' ', '-') },
      };
    }
  }
  @Module({ imports: [SettingsModule], providers: [MemkitSettings], exports: [MemkitSettings] })
  class MemkitSettingsModule {}

  const namespaceOf = async (memkit: DynamicModule): Promise<string> =>
    (await start({ imports: [memkit] })).get<Cache>(MEMKIT_CACHE).namespace;

  it('takes a factory with what it injects', async () => {
    const memkit = MemkitModule.forRootAsync({
      imports: [SettingsModule],
      inject: [SETTINGS],
      useFactory: async (settings: { readonly namespace: string }) => ({ ...embedded(), cache: settings }),
    });
    expect(await namespaceOf(memkit)).toBe('configured');
  });

  it('takes a class to make', async () => {
    expect(await namespaceOf(MemkitModule.forRootAsync({ imports: [SettingsModule], useClass: MemkitSettings }))).toBe(
      'configured-class',
    );
  });

  it('takes a provider that exists', async () => {
    const memkit = MemkitModule.forRootAsync({ imports: [MemkitSettingsModule], useExisting: MemkitSettings });
    expect(await namespaceOf(memkit)).toBe('configured-class');
  });

  it('knows isGlobal beside the factory', async () => {
    @Injectable()
    class Lonely {
      constructor(@InjectCache() readonly cache: Cache) {}
    }
    @Module({ providers: [Lonely] })
    class LonelyModule {}
    const memkit = MemkitModule.forRootAsync({ isGlobal: false, useFactory: embedded });
    await expect(start({ imports: [memkit, LonelyModule] })).rejects.toThrow(/Lonely/);
  });

  it('refuses a factory that returns nothing, and passes on the error of one that fails', async () => {
    const forgetful = MemkitModule.forRootAsync({ useFactory: () => undefined as unknown as MemkitModuleOptions });
    const error = await failureOf(start({ imports: [forgetful] }));
    expect(error.code).toBe('MEMCACHE_INVALID_OPTION');
    expect(error.message).toMatch(/MemkitModule: they are undefined.*memcache, cache/);
    const failure = new TypeError('no settings');
    const failing = MemkitModule.forRootAsync({ useFactory: () => Promise.reject(failure) });
    await expect(start({ imports: [failing] })).rejects.toBe(failure);
  });

  it('refuses options of a factory that are misspelled', async () => {
    const memkit = MemkitModule.forRootAsync({ useFactory: () => ({ cahce: {} }) as MemkitModuleOptions });
    expect((await failureOf(start({ imports: [memkit] }))).message).toMatch(/"cahce".*"cache"/);
  });
});

describe('caching decorators on providers', () => {
  async function users(): Promise<Users> {
    const app = await start({ imports: [MemkitModule.forRoot(embedded())], providers: [Users] });
    return app.get(Users);
  }

  it('read through, also when the class calls itself', async () => {
    const service = await users();
    expect(await service.findOne('1')).toEqual({ id: '1', name: 'Ada' });
    expect(await service.findOne('1')).toEqual({ id: '1', name: 'Ada' });
    expect(await service.greet('1')).toBe('Hello Ada');
    expect(service.asked).toEqual(['1']);
  });

  it('read many, asking the method for the missing ones only', async () => {
    const service = await users();
    await service.findOne('2');
    const found = await service.findMany(['1', '2', '3']);
    expect(found.map(({ name }) => name)).toEqual(['Ada', 'Grace', 'Barbara']);
    await service.findMany(['3', '2']);
    expect(service.asked).toEqual(['2', '1+3']);
  });

  it('update and invalidate after the method', async () => {
    const service = await users();
    await service.findOne('1');
    await service.rename('1', 'Countess');
    expect((await service.findOne('1')).name).toBe('Countess');
    expect(service.asked).toEqual(['1']);
    await service.remove('1');
    expect((await service.findOne('1')).name).toBe('');
    expect(service.asked).toEqual(['1', '1']);
  });

  it('use the cache of their own application, not of another one in the process', async () => {
    const [one, other] = [await users(), await users()];
    await one.findOne('1');
    await other.findOne('1');
    expect([one.asked, other.asked]).toEqual([['1'], ['1']]);
  });

  it('work on what factories make and on what extends a decorated class', async () => {
    @Injectable()
    class Admins extends Users {}
    const MADE = Symbol('made');
    const app = await start({
      imports: [MemkitModule.forRoot(embedded())],
      providers: [Admins, { provide: MADE, useFactory: () => new Users() }],
    });
    for (const service of [app.get(Admins), app.get<Users>(MADE)]) {
      await service.remove('1');
      await service.findOne('1');
      await service.findOne('1');
      expect(service.asked).toEqual(['1']);
    }
  });

  it('are in use before the application’s own start-up hooks', async () => {
    @Injectable()
    class Warmer {
      constructor(@Inject(Users) readonly service: Users) {}
      async onModuleInit(): Promise<void> {
        await this.service.findOne('3');
      }
    }
    const app = await start({ imports: [MemkitModule.forRoot(embedded())], providers: [Users, Warmer] });
    await app.get(Users).findOne('3');
    expect(app.get(Users).asked).toEqual(['3']);
  });

  it('work on instances that are made for every request', async () => {
    const asked: string[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class Basket {
      constructor(@Inject(REQUEST) readonly request: object) {}
      @ReadThrough({ namespace: 'basket', ttl: '1m' })
      async total(@Key() id: string): Promise<string> {
        asked.push(id);
        return `total of ${id}`;
      }
    }
    @Controller()
    class Baskets {
      constructor(@Inject(Basket) readonly basket: Basket) {}
      @Get('baskets/:id')
      async show(@Param('id') id: string): Promise<string> {
        return await this.basket.total(id);
      }
    }
    const parts = () => ({ imports: [MemkitModule.forRoot(embedded())], providers: [Basket], controllers: [Baskets] });
    for (const round of [1, 2]) {
      const http = supertest((await start(parts())).getHttpServer());
      expect((await http.get('/baskets/7')).text).toBe('total of 7');
      expect((await http.get('/baskets/7')).text).toBe('total of 7');
      expect(asked).toHaveLength(round);
    }
  });

  it('work on transient providers, each instance of them', async () => {
    @Injectable({ scope: Scope.TRANSIENT })
    class Rates {
      static asked = 0;
      @ReadThrough({ namespace: 'rate', ttl: '1m' })
      async of(@Key() currency: string): Promise<string> {
        Rates.asked += 1;
        return currency;
      }
    }
    @Injectable()
    class One {
      constructor(@Inject(Rates) readonly rates: Rates) {}
    }
    @Injectable()
    class Two {
      constructor(@Inject(Rates) readonly rates: Rates) {}
    }
    const app = await start({ imports: [MemkitModule.forRoot(embedded())], providers: [Rates, One, Two] });
    expect(app.get(One).rates).not.toBe(app.get(Two).rates);
    await app.get(One).rates.of('EUR');
    await app.get(Two).rates.of('EUR');
    expect(Rates.asked).toBe(1);
  });

  it('work on controllers, with their routes, guards and parameters', async () => {
    let asked = 0;
    @Injectable()
    class OnlyEven implements CanActivate {
      canActivate(context: { switchToHttp(): { getRequest<T>(): T } }): boolean {
        const { params } = context.switchToHttp().getRequest<{ params: { id: string } }>();
        return Number(params.id) % 2 === 0;
      }
    }
    for (const scope of [Scope.DEFAULT, Scope.REQUEST]) {
      asked = 0;
      @Controller({ path: 'numbers', scope })
      class Numbers {
        @Get(':id')
        @SetMetadata('kind', 'number')
        @UseGuards(OnlyEven)
        @ReadThrough({ namespace: 'number', ttl: '1m' })
        async show(@Key() @Param('id') id: string): Promise<{ id: string }> {
          asked += 1;
          return { id };
        }
      }
      const app = await start({ imports: [MemkitModule.forRoot(embedded())], controllers: [Numbers] });
      const http = supertest(app.getHttpServer());
      expect((await http.get('/numbers/2')).body).toEqual({ id: '2' });
      expect((await http.get('/numbers/2')).body).toEqual({ id: '2' });
      expect((await http.get('/numbers/3')).status).toBe(403);
      expect(asked).toBe(1);
    }
  });

  it('without a key stop the start with the class and the method', async () => {
    const define = (): unknown => {
      class Prices {
        @ReadThrough({ namespace: 'price', ttl: '1m' })
        async today(currency: string): Promise<string> {
          return currency;
        }
      }
      return Prices;
    };
    const error = await failureOf(Promise.resolve().then(define));
    expect(error.code).toBe('MEMCACHE_INVALID_DECORATOR');
    expect(error.message).toContain('@ReadThrough on Prices.today');
    expect(error.message).toContain('@Key()');
  });
});
