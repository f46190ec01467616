/** One loader per cluster: eight processes and three memcacheds, so that entry and lease are on different ones. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCache } from '@memkit/cache';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import type { Answer, Order } from './cache-cluster/orders.js';
import { fromSource } from './run-program.js';

const PROGRAM = new URL('./cache-cluster/cache-process.ts', import.meta.url);
const PROCESSES = 8;
const CALLERS = 200;

// Starting processes takes seconds on a busy machine, and a lease has to end; no assertion depends on how long.
jest.setTimeout(60_000);

describe('a cluster of processes', () => {
  let servers: RealMemcached[];
  let client: Memcache;
  let processes: ChildProcess[];

  beforeAll(async () => {
    servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
    const addresses = servers.map(({ address }) => address).join(',');
    client = createMemcache({ servers: addresses, environment: {}, timeout: '10s' });
    const execArgv = [...fromSource, '--no-warnings'];
    processes = Array.from({ length: PROCESSES }, () => fork(PROGRAM, [addresses], { execArgv }));
    expect(await Promise.all(processes.map(answerOf))).toEqual(processes.map(() => 'ready'));
  });
  afterAll(async () => {
    for (const child of processes) child.kill('SIGKILL');
    await client.close();
    for (const server of servers) await server.stop('SIGKILL');
  });

  async function answerOf(child: ChildProcess): Promise<Answer> {
    const [answer] = (await once(child, 'message')) as [Answer];
    return answer;
  }

  async function tellAll(children: readonly ChildProcess[], order: Order): Promise<Answer[]> {
    const answers = children.map(answerOf);
    for (const child of children) child.send(order);
    return await Promise.all(answers);
  }

  it.each(['a', 'b', 'c', 'd', 'e', 'f'])(
    'with 200 callers each runs exactly one loader for the cold key %s, and all get its value',
    async (key) => {
      const answers = await tellAll(processes, { do: 'read', key, callers: CALLERS, lease: '10s' });
      const values = answers.flatMap((answer) =>
        typeof answer === 'object' && 'values' in answer ? answer.values : [],
      );
      expect(values).toHaveLength(PROCESSES);
      expect(new Set(values).size).toBe(1);
      expect(await client.get(`loads:${key}`)).toBe(1);
    },
  );

  it('never serves an old value once its source has changed and was invalidated, whoever was loading it', async () => {
    const cache = createCache({ client, namespace: 'app' });
    await client.set('source', 0);
    await client.set('announced', 0);
    const order: Order = { do: 'watch', key: 'changing', callers: 5 };
    const watching = tellAll(processes, order);
    for (let change = 1; change <= 80; change += 1) {
      await client.set('source', change);
      await cache.invalidate('changing');
      await client.set('announced', change);
      // Let them load and hit again.
      await cache.getOrLoad('changing', async () => Number(await client.get('source')));
    }
    for (const child of processes) child.send({ do: 'stop' });
    for (const answer of await watching) {
      expect(answer).toMatchObject({ reads: expect.any(Number), outdated: [] });
      expect((answer as { reads: number }).reads).toBeGreaterThan(50);
    }
  });

  it('runs exactly one more loader, and stores, when the process that loads is killed', async () => {
    const [winner, ...others] = processes as [ChildProcess, ...ChildProcess[]];
    expect(await tellAll([winner], { do: 'hang', key: 'killed', lease: '2s' })).toEqual(['loading']);
    winner.kill('SIGKILL');
    await once(winner, 'exit');
    const answers = await tellAll(others, { do: 'read', key: 'killed', callers: CALLERS, lease: '2s' });
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(await client.get('loads:killed')).toBe(2);
    const read = await createCache({ client, namespace: 'app' }).read('killed', () => 'not called');
    expect(read).toMatchObject({ outcome: 'hit' });
  });
});
