import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { listed } from '../commands/spec-support/cluster-in-memory.js';
import { ServerInMemory } from '../commands/spec-support/server-in-memory.js';
import { Probes } from './probes.js';
import { RoutedServer } from './routed-server.js';
import { ServerHealth } from './server-health.js';

const FOREVER_MS = 3_600_000;

let probes: Probes;

afterEach(() => {
  probes.stop();
});

function server(downTimeMs: number, maxDownTimeMs = downTimeMs): RoutedServer {
  const link = new ServerInMemory('server', { nowMs: 0 });
  return new RoutedServer(
    listed('server'),
    link,
    new ServerHealth({ failures: 1, downTimeMs, maxDownTimeMs }, () => 0),
  );
}

/** Probes whose outcomes are those of the list, then success; and how many were made. */
function start(...outcomes: boolean[]): { readonly made: () => number } {
  let made = 0;
  probes = new Probes({
    probe: async () => {
      const outcome = outcomes[made] ?? true;
      made += 1;
      await Promise.resolve();
      return outcome;
    },
  });
  return { made: () => made };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(1);
}

describe('Probes', () => {
  it('ask until the server answers, and then no more', async () => {
    const { made } = start(false, false, true);
    const watched = server(1);
    probes.watch(watched);
    await until(() => made() === 3);
    await delay(20);
    expect(made()).toBe(3);
    probes.watch(watched);
    await until(() => made() === 4);
  });

  it('are one at a time, however often somebody asks for them', async () => {
    let open = 0;
    let most = 0;
    let answer = (): void => undefined;
    probes = new Probes({
      probe: () => {
        open += 1;
        most = Math.max(most, open);
        return new Promise((resolve) => {
          answer = () => {
            open -= 1;
            resolve(true);
          };
        });
      },
    });
    const watched = server(1);
    for (let times = 0; times < 5; times += 1) probes.watch(watched);
    await until(() => open === 1);
    for (let times = 0; times < 5; times += 1) probes.watch(watched);
    await delay(10);
    answer();
    expect(most).toBe(1);
  });

  it('stop with the client, and leave servers alone that were removed', async () => {
    const { made } = start(false);
    const removed = server(1);
    probes.watch(removed);
    removed.isRemoved = true;
    await delay(10);
    const other = server(1);
    probes.watch(other);
    probes.stop();
    probes.watch(server(1));
    await delay(10);
    expect(made()).toBe(0);
  });

  it('come after the shortest wait when somebody waits for the server', async () => {
    const { made } = start();
    const watched = server(2, FOREVER_MS);
    for (let failures = 0; failures < 30; failures += 1) watched.health.probeFailed();
    probes.watch(watched);
    await delay(10);
    expect(made()).toBe(0);
    probes.hurry(watched);
    await until(() => made() === 1);
  });

  it('that nobody planned › are not made for somebody in a hurry', async () => {
    const { made } = start();
    probes.hurry(server(1));
    await delay(10);
    expect(made()).toBe(0);
  });
});
