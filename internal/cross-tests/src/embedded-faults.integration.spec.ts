/** What the client of @memkit/core makes of each fault of @memkit/server, and that it recovers when the fault is over. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { errorCodes, isMemcacheError } from '@memkit/protocol';
import {
  createServer,
  type FaultPlan,
  type FaultSentence,
  type MemcacheServer,
  type PlannedFault,
} from '@memkit/server';

jest.setTimeout(20_000);

interface Case {
  readonly fault: string;
  readonly plan: (faults: FaultPlan) => PlannedFault | undefined;
  readonly call: keyof typeof callers;
  /** The code of the error, or what the call resolves to. */
  readonly gives: unknown;
}

const callers = {
  get: (client: Memcache) => client.get('user:42'),
  set: (client: Memcache) => client.set('user:43', 'Bob'),
  // Never repeated by the client, so one fault is enough to see its error.
  increment: (client: Memcache) => client.increment('visits'),
};

const cases: readonly Case[] = [
  { fault: 'delay', call: 'increment', plan: (faults) => once(faults).delay('1h'), gives: 'TIMEOUT' },
  { fault: 'silence', call: 'increment', plan: (faults) => once(faults).silence(), gives: 'TIMEOUT' },
  { fault: 'drop', call: 'increment', plan: (faults) => once(faults).dropAfter(1), gives: 'CONNECTION_LOST' },
  { fault: 'close', call: 'increment', plan: (faults) => once(faults).close(), gives: 'CONNECTION_LOST' },
  { fault: 'reset', call: 'increment', plan: (faults) => once(faults).reset(), gives: 'CONNECTION_LOST' },
  { fault: 'garbage', call: 'increment', plan: (faults) => once(faults).garbage(), gives: 'UNEXPECTED_REPLY' },
  { fault: 'fail', call: 'increment', plan: (faults) => faults.forKeys('visits').fail(), gives: 'SERVER_ERROR' },
  { fault: 'close', call: 'get', plan: (faults) => faults.on('get').times(1).close(), gives: 'Ada' },
  { fault: 'fail', call: 'get', plan: (faults) => faults.forKeys('user:*').fail(), gives: 'SERVER_ERROR' },
  { fault: 'evict', call: 'get', plan: (faults) => faults.forKeys('user:*').evict(), gives: undefined },
  { fault: 'outOfMemory', call: 'set', plan: (faults) => faults.outOfMemory(), gives: 'SERVER_ERROR' },
  { fault: 'outOfMemory', call: 'get', plan: (faults) => (faults.outOfMemory(), undefined), gives: 'Ada' },
  { fault: 'fillMemory', call: 'set', plan: (faults) => (faults.fillMemory(), undefined), gives: true },
  { fault: 'skewClock', call: 'get', plan: (faults) => (faults.skewClock('2h'), undefined), gives: undefined },
];

function once(faults: FaultPlan): FaultSentence {
  return faults.on('increment').forKeys('visits').times(1);
}

let server: MemcacheServer;
let memcache: Memcache;

beforeEach(async () => {
  server = createServer({ recordCalls: 1000 });
});
afterEach(async () => {
  await memcache.close();
  await server.close();
});

async function connect(protocol: 'text' | 'meta' | 'binary'): Promise<void> {
  const { host, port } = await server.listen();
  memcache = createMemcache({
    servers: `${host}:${String(port)}`,
    protocol,
    timeout: '200ms',
    reconnect: { initialDelay: '5ms', maxDelay: '20ms' },
    failover: 'none',
    environment: {},
  });
  await memcache.set('visits', 41, { ttl: '1h', timeout: '5s' });
  await memcache.set('user:42', 'Ada', { ttl: '1h', timeout: '5s' });
}

/** The error's code, or what came instead of one. */
async function outcome(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (result) => result,
    (error: unknown) => (isMemcacheError(error) ? error.code : error),
  );
}

describe.each(['text', 'meta', 'binary'] as const)('the client over %s', (protocol) => {
  it.each(cases)('$fault › $call gives $gives, and all works after clear()', async ({ plan, call, gives }) => {
    await connect(protocol);
    const fault = plan(server.faults);
    expect(await outcome(callers[call](memcache))).toBe(
      typeof gives === 'string' && gives in errorCodes ? `MEMCACHE_${gives}` : gives,
    );
    if (fault !== undefined) expect(fault.happened).toBe(1);
    server.faults.clear();
    await recovered(() => memcache.set('user:42', 'Ada'));
    expect(await recovered(() => memcache.get('user:42'))).toBe('Ada');
  });

  it('refuse › calls fail while no connection can be made, and work after clear()', async () => {
    await connect(protocol);
    server.faults.refuse();
    server.faults.on().times(1).reset();
    expect(await outcome(memcache.get('user:42'))).toMatch(/^MEMCACHE_(CONNECTION_LOST|CONNECT_FAILED|TIMEOUT)$/);
    expect(await outcome(memcache.get('user:42'))).toMatch(/^MEMCACHE_(CONNECTION_LOST|CONNECT_FAILED|TIMEOUT)$/);
    server.faults.clear();
    expect(await recovered(() => memcache.get('user:42'))).toBe('Ada');
  });

  it('the recorder › knows what the client asked', async () => {
    await connect(protocol);
    await memcache.get('user:42');
    await memcache.get('none');
    await memcache.getMany(['user:42', 'none-1', 'none-2']);
    await memcache.increment('count', 1, { initial: 1 });
    await memcache.delete('user:42');
    const { calls } = server;
    expect(calls.count({ command: 'set', key: 'user:42', outcome: 'stored' })).toBe(1);
    expect(calls.count({ command: 'get', key: 'user:42', outcome: ['hit', 'partial'] })).toBe(2);
    expect(calls.list({ command: 'get', key: 'none*' }).every((call) => call.outcome !== 'hit')).toBe(true);
    expect(await calls.waitFor({ command: 'delete', key: 'user:42' })).toMatchObject({ outcome: 'deleted' });
    expect(calls.list({ command: 'set' }).map((call) => call.protocol)).toEqual([protocol, protocol]);
  });
});

/** Tries until it works: the client waits between its attempts to reconnect. */
async function recovered<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
    }
  }
}
