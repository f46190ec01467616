/** Decorated methods and the health check while a real memcached is stopped and back again. */
import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Key, ReadThrough } from '@memkit/cache';
import { Controller, Get, Inject, Injectable, Param, type INestApplication } from '@nestjs/common';
import { HealthCheck, HealthCheckService, TerminusModule, type HealthCheckResult } from '@nestjs/terminus';
import { Test } from '@nestjs/testing';
import { freePort, startMemcached, type RealMemcached } from '@memkit/testing';
import supertest from 'supertest';
import { MemkitHealthIndicator, MemkitModule } from './index.js';

@Injectable()
class Users {
  asked = 0;
  @ReadThrough({ namespace: 'user', ttl: '1h' })
  async findOne(@Key() id: string): Promise<{ id: string; asked: number }> {
    this.asked += 1;
    return { id, asked: this.asked };
  }
}

@Controller()
class App {
  constructor(
    @Inject(Users) readonly users: Users,
    @Inject(HealthCheckService) readonly health: HealthCheckService,
    @Inject(MemkitHealthIndicator) readonly memcache: MemkitHealthIndicator,
  ) {}

  @Get('users/:id')
  async user(@Param('id') id: string): Promise<object> {
    return await this.users.findOne(id);
  }

  @Get('health')
  @HealthCheck()
  async check(): Promise<HealthCheckResult> {
    return await this.health.check([() => this.memcache.isHealthy(), () => this.memcache.isHealthy('again')]);
  }
}

async function start(servers: string, auth?: { username: string; password: string }): Promise<INestApplication> {
  const memcache = {
    servers,
    timeout: '2s',
    reconnect: { initialDelay: '10ms', maxDelay: '20ms' },
    environment: {},
    ...(auth && { auth }),
  } as const;
  const module = await Test.createTestingModule({
    imports: [MemkitModule.forRoot({ memcache }), TerminusModule.forRoot({ logger: false })],
    providers: [Users],
    controllers: [App],
  }).compile();
  const app = module.createNestApplication();
  app.useLogger(false);
  return await app.init();
}

describe('on a real memcached', () => {
  let memcached: RealMemcached;
  let app: INestApplication;
  beforeAll(async () => {
    memcached = await startMemcached();
    app = await start(memcached.address);
  });
  afterAll(async () => {
    await app.close();
    await memcached.stop();
  });
  const get = (path: string) => supertest(app.getHttpServer()).get(path);

  it('is up, with the version of the server', async () => {
    const { status, body } = await get('/health');
    const server = { status: 'up', version: expect.stringMatching(/^1\./) };
    expect(status).toBe(200);
    expect(body.info.memcache).toEqual({ status: 'up', servers: { [memcached.address]: server } });
    expect(body.info.again.status).toBe('up');
  });

  it('methods answer while it is stopped, health says so, and hits come back after its restart', async () => {
    await get('/users/1');
    expect((await get('/users/1')).body.asked).toBe(1);

    await memcached.stop('SIGKILL');
    expect((await get('/users/1')).body.asked).toBe(2);
    expect((await get('/users/1')).body.asked).toBe(3);
    const down = await get('/health');
    expect([down.status, down.body.status]).toEqual([503, 'error']);
    expect(down.body.error.memcache.servers[memcached.address]).toEqual({
      status: 'down',
      code: expect.stringMatching(/^MEMCACHE_(CONNECT_FAILED|CONNECTION_LOST|NO_SERVER_AVAILABLE)$/),
      message: expect.stringContaining(memcached.address),
    });

    await memcached.restart();
    const deadline = Date.now() + 10_000;
    let last = -1;
    for (;;) {
      const { asked } = (await get('/users/1')).body as { asked: number };
      if (asked === last) break;
      last = asked;
      if (Date.now() > deadline) throw new TypeError('no hit after the restart');
    }
    expect((await get('/health')).status).toBe(200);
  });

  it('is down when it is silent', async () => {
    memcached.pause();
    const silent = await get('/health');
    memcached.resume();
    expect(silent.status).toBe(503);
    expect(silent.body.error.memcache.servers[memcached.address].status).toBe('down');
  });
});

describe('health of several servers', () => {
  it('is degraded when some answer, and names those that do not', async () => {
    const memcached = await startMemcached();
    const gone = `127.0.0.1:${String(await freePort())}`;
    const app = await start(`${memcached.address},${gone}`);
    const { status, body } = await supertest(app.getHttpServer()).get('/health');
    expect([status, body.status, body.info.memcache.status]).toEqual([200, 'degraded', 'degraded']);
    expect(body.info.memcache.servers[memcached.address].status).toBe('up');
    expect(body.info.memcache.servers[gone]).toMatchObject({ status: 'down', code: 'MEMCACHE_CONNECT_FAILED' });
    await app.close();
    await memcached.stop();
  });

  it('is down with the reason and without the credentials when the password is wrong', async () => {
    const memcached = await startMemcached({ sasl: { username: 'alice', password: 'right' } });
    const app = await start(memcached.address, { username: 'alice', password: 'wr0ng-secret' });
    const { status, body, text } = await supertest(app.getHttpServer()).get('/health');
    expect(status).toBe(503);
    expect(body.error.memcache.servers[memcached.address].code).toBe('MEMCACHE_AUTH_FAILED');
    expect(text).not.toContain('wr0ng-secret');
    await app.close();
    await memcached.stop();
  });
});
