/** Whole requests through Express and express-session: what happens when they overlap, and when memcached is down. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import express, { type ErrorRequestHandler, type Express, type Request } from 'express';
import session from 'express-session';
import request from 'supertest';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { MemkitSessionStore } from './memkit-session-store.js';
import type { MemkitSessionStoreOptions } from './memkit-session-store-options.js';

/** Holds a request after its session was loaded, until the test lets it go on. */
class Gate {
  readonly arrived: Promise<void>;
  readonly opened: Promise<void>;
  #arrive: () => void = () => undefined;
  #open: () => void = () => undefined;

  constructor() {
    this.arrived = new Promise((resolve) => (this.#arrive = resolve));
    this.opened = new Promise((resolve) => (this.#open = resolve));
  }

  pass(): Promise<void> {
    this.#arrive();
    return this.opened;
  }

  open(): void {
    this.#open();
  }
}

const bag = (incoming: Request): Record<string, unknown> => incoming.session as unknown as Record<string, unknown>;

describe.each([
  ['the embedded server', false],
  ['the embedded server', true],
  ['a real memcached', false],
  ['a real memcached', true],
])('requests on %s with resave: %p', (kind, resave) => {
  let memcached: RealMemcached | undefined;
  let client: Memcache;
  let gate: Gate;
  let app: Express;

  beforeAll(async () => {
    if (kind === 'a real memcached') memcached = await startMemcached();
  });

  afterAll(async () => {
    await memcached?.stop('SIGKILL');
  });

  beforeEach(() => {
    client = createMemcache(memcached ? { servers: memcached.address } : { environment: {} });
    gate = new Gate();
    app = createApp({ client }, { resave });
  });

  afterEach(async () => {
    // All clients of a process share one embedded server.
    await client.flush();
    await client.close();
  });

  function createApp(options: MemkitSessionStoreOptions, settings: Partial<session.SessionOptions>): Express {
    const created = express();
    const cookie = { maxAge: 3_600_000 };
    created.use(
      session({
        store: new MemkitSessionStore(options),
        secret: 'only for tests',
        resave: false,
        saveUninitialized: false,
        cookie,
        ...settings,
      }),
    );
    created.get('/set/:name', (incoming, response) => {
      bag(incoming)[incoming.params.name] = true;
      response.json({});
    });
    created.get('/slow-set/:name', async (incoming, response) => {
      await gate.pass();
      bag(incoming)[incoming.params.name] = true;
      response.json({});
    });
    created.get('/slow-read', async (_incoming, response) => {
      await gate.pass();
      response.json({});
    });
    created.get('/remember', (incoming, response) => {
      incoming.session.cookie.maxAge = 30 * 86_400_000;
      response.json({});
    });
    created.get('/max-age', (incoming, response) => {
      response.json({ maxAge: incoming.session.cookie.originalMaxAge });
    });
    created.get('/logout', (incoming, response, next) => {
      incoming.session.destroy((error: unknown) => {
        if (error) next(error);
        else response.json({});
      });
    });
    created.get('/login', (incoming, response, next) => {
      incoming.session.regenerate((error: unknown) => {
        bag(incoming)['user'] = 'ada';
        if (error) next(error);
        else response.json({});
      });
    });
    created.get('/reload-and-set/:name', (incoming, response, next) => {
      incoming.session.reload((error: unknown) => {
        if (error) {
          next(error);
          return;
        }
        bag(incoming)[incoming.params.name] = true;
        response.json({});
      });
    });
    created.get('/cookie', (incoming, response) => {
      response.send(incoming.headers.cookie);
    });
    created.get('/keys', (incoming, response) => {
      response.json(Object.keys(incoming.session).sort());
    });
    return created;
  }

  /** From now on, what the store asks of the client. */
  function recordCalls(): unknown[][] {
    const calls: unknown[][] = [];
    for (const name of ['gets', 'set', 'add', 'replace', 'touch'] as const) {
      const original = client[name].bind(client) as (...values: unknown[]) => unknown;
      Object.defineProperty(client, name, {
        value: (...values: unknown[]) => {
          calls.push([name, ...values]);
          return original(...values);
        },
      });
    }
    return calls;
  }

  async function visitor(): Promise<ReturnType<typeof request.agent>> {
    const agent = request.agent(app);
    await agent.get('/set/a').expect(200);
    return agent;
  }

  /** Runs `meanwhile` while a request to `path` holds its loaded session. */
  async function during(
    agent: ReturnType<typeof request.agent>,
    path: string,
    meanwhile: () => Promise<unknown>,
  ): Promise<void> {
    const slow = agent.get(path).then((response) => response);
    await gate.arrived;
    await meanwhile();
    gate.open();
    expect((await slow).status).toBe(200);
  }

  /** The cookie the visitor sends, for a second browser that has it too. */
  async function cookieOf(agent: ReturnType<typeof request.agent>): Promise<string> {
    return (await agent.get('/cookie')).text;
  }

  const keysWith = async (cookie: string): Promise<unknown> =>
    (await request(app).get('/keys').set('Cookie', cookie)).body;
  const keys = async (agent: ReturnType<typeof request.agent>): Promise<unknown> => (await agent.get('/keys')).body;

  it('keeps what two overlapping requests set', async () => {
    const agent = await visitor();
    await during(agent, '/slow-set/b', () => agent.get('/set/c'));
    expect(await keys(agent)).toEqual(['a', 'b', 'c', 'cookie']);
  });

  it('keeps what a request sets while a slow one only reads', async () => {
    const agent = await visitor();
    await during(agent, '/slow-read', () => agent.get('/set/z'));
    expect(await keys(agent)).toEqual(['a', 'cookie', 'z']);
  });

  it.each(['/slow-set/b', '/slow-read'])('stays logged out when the logout overtakes %s', async (path) => {
    const agent = await visitor();
    const cookie = await cookieOf(agent);
    await during(agent, path, () => agent.get('/logout').expect(200));
    expect(await keys(agent)).toEqual(['cookie']);
    expect(await keysWith(cookie)).toEqual(['cookie']);
  });

  it('stays logged in under the new id after regenerate, and out under the old one', async () => {
    const agent = await visitor();
    const cookie = await cookieOf(agent);
    expect(await keysWith(cookie)).toEqual(['a', 'cookie']);
    await agent.get('/login').expect(200);
    expect(await keys(agent)).toEqual(['cookie', 'user']);
    expect(await keysWith(cookie)).toEqual(['cookie']);
  });

  it('merges after a reload too', async () => {
    const agent = await visitor();
    await during(agent, '/slow-set/b', () => agent.get('/reload-and-set/c'));
    expect(await keys(agent)).toEqual(['a', 'b', 'c', 'cookie']);
  });

  it('prolongs the session of a visitor who only reads, without writing it', async () => {
    const agent = await visitor();
    const calls = recordCalls();
    await agent.get('/keys').expect(200);
    expect(calls).toEqual([
      ['gets', expect.stringMatching(/^sess:/)],
      ['touch', expect.stringMatching(/^sess:/), { milliseconds: expect.closeTo(3_600_000, -4) }],
    ]);
  });

  it('remembers a longer life of the cookie although nothing else changed', async () => {
    const agent = await visitor();
    await agent.get('/remember').expect(200);
    const { maxAge } = (await agent.get('/max-age')).body as { maxAge: number };
    expect(maxAge).toBeGreaterThan(29 * 86_400_000);
  });

  it('gives one id that the application chose itself to overlapping first requests and to a new login', async () => {
    app = createApp({ client }, { resave, genid: () => 'device-7' });
    const [one, other] = [request.agent(app), request.agent(app)];
    await during(one, '/slow-set/b', () => other.get('/set/c'));
    expect(await keys(one)).toEqual(['b', 'c', 'cookie']);
    await one.get('/login').expect(200);
    expect(await keys(one)).toEqual(['cookie', 'user']);
  });

  it('stores nothing for a visitor whose session stays empty', async () => {
    await request(app)
      .get('/keys')
      .expect(200)
      .expect((response) => {
        expect(response.headers['set-cookie']).toBeUndefined();
      });
  });
});

describe('requests while memcached is stopped', () => {
  let memcached: RealMemcached;
  let client: Memcache;
  let troubles: unknown[];
  const listener = (message: unknown): void => void troubles.push(message);

  beforeEach(async () => {
    troubles = [];
    subscribe('memkit:express-session:trouble', listener);
    memcached = await startMemcached();
    client = createMemcache({
      servers: memcached.address,
      timeout: '500ms',
      reconnect: { initialDelay: '10ms', maxDelay: '20ms' },
    });
  });

  afterEach(async () => {
    unsubscribe('memkit:express-session:trouble', listener);
    await client.close();
    await memcached.stop('SIGKILL');
  });

  function createApp(whenUnavailable?: 'throw' | 'miss'): Express {
    const app = express();
    const store = new MemkitSessionStore(whenUnavailable === undefined ? { client } : { client, whenUnavailable });
    app.use(session({ store, secret: 'only for tests', resave: false, saveUninitialized: false }));
    app.get('/visits', (incoming, response) => {
      const visits = Number(bag(incoming)['visits'] ?? 0) + 1;
      bag(incoming)['visits'] = visits;
      response.json({ visits });
    });
    app.get('/logout', (incoming, response, next) => {
      incoming.session.destroy((error: unknown) => {
        if (error) next(error);
        else response.json({});
      });
    });
    const onError: ErrorRequestHandler = (error: { code?: string; retryable?: boolean }, _incoming, response, next) => {
      if (response.headersSent) next(error);
      else response.status(503).json({ code: error.code, retryable: error.retryable });
    };
    app.use(onError);
    return app;
  }

  it('gives the error to next() by default, and works again when memcached is back', async () => {
    const agent = request.agent(createApp());
    await agent.get('/visits').expect(200, { visits: 1 });
    await memcached.stop('SIGKILL');
    const during = await agent.get('/visits');
    expect(during.status).toBe(503);
    expect(during.body).toMatchObject({ code: expect.stringMatching(/^MEMCACHE_/), retryable: true });
    expect(troubles).toEqual([]);
    await memcached.restart();
    await until(async () => (await agent.get('/visits')).status === 200);
  });

  it("goes on with a new session with whenUnavailable: 'miss', and publishes what was not read and saved", async () => {
    const agent = request.agent(createApp('miss'));
    await agent.get('/visits').expect(200, { visits: 1 });
    await memcached.stop('SIGKILL');
    await agent.get('/visits').expect(200, { visits: 1 });
    expect(troubles).toMatchObject([
      { operation: 'get', error: { retryable: true } },
      { operation: 'set', error: { retryable: true } },
    ]);
    await memcached.restart();
    await until(async () => ((await agent.get('/visits')).body as { visits: number }).visits === 2);
  });

  it("never makes a failed logout look like one, even with whenUnavailable: 'miss'", async () => {
    const agent = request.agent(createApp('miss'));
    await agent.get('/visits').expect(200);
    await memcached.stop('SIGKILL');
    const { status, body } = await agent.get('/logout');
    expect([status, body]).toMatchObject([503, { retryable: true }]);
  });
});

/** Waits for the client to reconnect; when that happens is its business. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await isDone()) return;
    await delay(10);
  }
  throw new Error('The client did not recover within 300 attempts.');
}
