/** What happens in the middle of a chunk of replies must not reach what comes behind it in the same chunk. */
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { ForwardedRequest } from '../cluster/link-request.js';
import type { Sendable } from '../drivers/protocol-driver.js';
import { serverCounters } from '../telemetry/server-counters.js';
import { Connection } from './connection.js';
import { ask, asking, item, within } from './spec-support/asking.js';
import { WayIn } from './way-in.js';

const opened: Connection[] = [];

function connect() {
  const stream = new Duplex({
    read: () => undefined,
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  const way = new WayIn({ server: { host: 'cache.example', port: 1 }, protocol: 'meta', openSocket: () => stream });
  const limits = { maxQueuedRequests: 99, maxQueuedBytes: 9999, reconnect: { initialDelayMs: 1, maxDelayMs: 1 } };
  const connection = new Connection(way, limits, serverCounters());
  opened.push(connection);
  const outcomes: unknown[] = [];
  /** Its outcome is noted; `then` runs while the chunk is read. */
  const request = (command: Sendable<unknown>, then = () => undefined as void, signal?: AbortSignal): void => {
    const note = (outcome: unknown): void => {
      outcomes.push(outcome);
      then();
    };
    const receiver = {
      resolve: (reply: unknown) => {
        note(seen(reply));
      },
      reject: (error: unknown) => {
        note((error as { readonly code: unknown }).code);
      },
    };
    connection.request(new ForwardedRequest(command, { at: within(5000), signal }, receiver));
  };
  const say = (text: string) => stream.push(Buffer.from(text));
  return { connection, outcomes, request, say };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));
const many = (...keys: string[]) => ask('getMany', '', (driver) => driver.getMany(keys));

/** Values as their text, also of many keys. */
function seen(reply: unknown): unknown {
  if (Array.isArray(reply)) return reply.map(seen);
  return reply instanceof Object && 'data' in reply ? String(reply.data) : reply;
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close(0)));
});

const value = (text: string, opaque: number): string => `VA ${text.length} f0 O${opaque}\r\n${text}\r\n`;

describe('replies that come in one chunk', () => {
  it('reach their receivers behind one whose receiver closed the connection, until nobody waits', async () => {
    const { connection, outcomes, request, say } = connect();
    request(asking.get('a'), () => void connection.close());
    request(asking.get('b'));
    request(asking.store('set', 'c', item('v')));
    await turn();
    say(`${value('a', 1)}${value('b', 2)}HD O3\r\n${value('d', 4)}HD O5\r\n`);
    await turn();
    expect(outcomes).toEqual(['a', 'b', 'stored']);
    expect(connection.state).toBe('closed');
  });

  it('reach nobody behind one that is not the answer to its request', async () => {
    const { outcomes, request, say } = connect();
    for (const key of ['a', 'b', 'c']) request(asking.get(key));
    await turn();
    say(`${value('a', 1)}HD O2\r\n${value('c', 3)}`);
    await turn();
    expect(outcomes).toEqual(['a', 'MEMCACHE_UNEXPECTED_REPLY', 'MEMCACHE_CONNECTION_LOST']);
  });

  it('skip those of a request that was aborted by the receiver of the reply before', async () => {
    const { connection, outcomes, request, say } = connect();
    const controller = new AbortController();
    request(asking.get('a'), () => {
      controller.abort({ code: 'gone' });
    });
    request(asking.get('b'), undefined, controller.signal);
    request(many('c', 'd'), undefined, controller.signal);
    request(asking.get('e'));
    await turn();
    say(`${value('a', 1)}${value('b', 2)}VALUE c 0 1\r\nc\r\nVALUE d 0 1\r\nd\r\nEND\r\n${value('e', 3)}`);
    await turn();
    expect(outcomes).toEqual(['a', 'gone', 'gone', 'e']);
    expect(connection.state).toBe('ready');
  });

  it('leave the rest of many items to the call that was given up in their middle, and no more', async () => {
    const { connection, outcomes, request, say } = connect();
    const controller = new AbortController();
    request(many('a', 'b', 'c'), undefined, controller.signal);
    request(many('b', 'c'));
    request(asking.get('d'));
    await turn();
    say('VALUE a 0 1\r\n1\r\nVALUE b 0 1');
    controller.abort({ code: 'gone' });
    say(`\r\n2\r\nVALUE c 0 1\r\n3\r\nEND\r\nVALUE c 0 1\r\n4\r\nEND\r\n${value('5', 1)}`);
    await turn();
    expect(outcomes).toEqual(['gone', [undefined, '4'], '5']);
    expect(connection.state).toBe('ready');
  });
});
