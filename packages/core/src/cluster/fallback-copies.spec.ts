import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, it } from '@jest/globals';
import { listed } from '../commands/spec-support/cluster-in-memory.js';
import { ServerInMemory } from '../commands/spec-support/server-in-memory.js';
import { FallbackCopies } from './fallback-copies.js';
import { RoutedServer } from './routed-server.js';
import { ServerHealth } from './server-health.js';

function server(name: string): RoutedServer {
  const health = new ServerHealth({ failures: 1, downTimeMs: 1, maxDownTimeMs: 1 }, () => 0);
  return new RoutedServer(listed(name), new ServerInMemory(name, { nowMs: 0 }), health);
}

function takenBack(copies: FallbackCopies, returned: RoutedServer): string[] {
  const taken: string[] = [];
  copies.takeBack(returned, (key, { link }) => {
    taken.push(`${key} on ${link.name}`);
  });
  return taken;
}

describe('FallbackCopies', () => {
  const [owner, second, third] = [server('owner'), server('second'), server('third')];

  it('names each copy once when the server that was passed over is back', () => {
    const copies = new FallbackCopies();
    for (const holder of [second, second, third]) copies.remember(owner, holder, 'key');
    expect(takenBack(copies, second)).toEqual([]);
    expect(takenBack(copies, owner)).toEqual(['key on second', 'key on third']);
    expect(takenBack(copies, owner)).toEqual([]);
  });

  it('forgets copies on servers that were removed', () => {
    const copies = new FallbackCopies();
    const gone = server('gone');
    copies.remember(owner, gone, 'key');
    gone.isRemoved = true;
    expect(takenBack(copies, owner)).toEqual([]);
  });

  it('keeps the newest 10,000 keys, and publishes what it lets go', () => {
    const copies = new FallbackCopies();
    const published: unknown[] = [];
    const listen = (message: unknown): void => {
      published.push(message);
    };
    subscribe('memkit:core:warning', listen);
    for (let at = 0; at < 10_001; at += 1) copies.remember(owner, second, String(at));
    unsubscribe('memkit:core:warning', listen);
    expect(published).toEqual([{ event: 'replay-lost', server: 'owner', key: '0' }]);
    const taken = takenBack(copies, owner);
    expect([taken.length, taken[0]]).toEqual([10_000, '1 on second']);
  });
});
