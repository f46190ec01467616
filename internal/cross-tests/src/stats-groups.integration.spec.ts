/**
 * Every group of `stats` beside both memcacheds: the same names in the same order, but for those that the README of the
 * server lists as left out, and the same numbers where they count requests and items.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { knownBuilds, Pair, type Conversation } from './beside-memcached.js';
import { workspaceRoot } from './workspace-root.js';

let pair: Pair;
afterEach(() => pair.stop());

const readme = readFileSync(join(workspaceRoot, 'packages/server/README.md'), 'utf8');

/** A row of the README's table: `| `settings` | `a`, `b` (1.6.45) |`. */
function leftOut(group: string, version: string): string[] {
  const row = new RegExp(`^\\| \`${group}\` +\\|(.*)\\|$`, 'm').exec(readme)?.[1] ?? '';
  return [...row.matchAll(/`([^`]+)`(?: \(([\d.]+)\))?/g)]
    .filter(([, , only]) => only === undefined || only === version)
    .map(([, name]) => name ?? '');
}

async function stats(conversation: Conversation, group: string): Promise<[name: string, value: string][]> {
  const reply = await conversation.ask(`stats ${group}\r\n`);
  return [...reply.matchAll(/^STAT (\S+) (.*)\r$/gm)].map(([, name = '', value = '']) => [name, value]);
}

const namesOf = (pairs: readonly (readonly [string, string])[]): string[] => pairs.map(([name]) => name);

/** Every command with a counter, hit and missed. */
const REQUESTS = [
  'flush_all\r\nset a 0 0 1\r\nx\r\nset n 7 0 1\r\n5\r\nset gone 0 -1 1\r\nx\r\nget gone\r\nset long 0 0 300\r\n' +
    'v'.repeat(300) +
    '\r\n',
  'add a 0 0 1\r\nx\r\nreplace none 0 0 1\r\nx\r\nappend a 0 0 2\r\nyz\r\nprepend none 0 0 1\r\nx\r\n',
  'get a none\r\ngets long\r\ngat 0 a none\r\ntouch a 0\r\ntouch none 0\r\n',
  'incr n 1\r\nincr none 1\r\nincr a 1\r\ndecr n 3\r\ndecr none 1\r\nincr n 99\r\n',
  'cas a 0 0 1 1\r\nx\r\ncas none 0 0 1 1\r\nx\r\ncas long 0 0 1 99\r\nx\r\n',
  'mg a v\r\nmg a T0 v\r\nmg none v\r\nmg vivid N0 v\r\nms m 1\r\nx\r\nms m 1 MA\r\ny\r\nms m 1 C1\r\nx\r\n',
  'ma n\r\nma none\r\nma c N0\r\nma n MD\r\nmd m\r\nmd none\r\nmd a I\r\nme a\r\n',
  'delete long\r\ndelete none\r\nset large 0 0 2000000\r\n' + 'x'.repeat(2_000_000) + '\r\n',
  'nonsense\r\nverbosity 1\r\nset last 0 0 5\r\nhello\r\nget last\r\n',
];

/** What depends on the process, on the time, on threads in the background, or on how bytes are cut into reads. */
const UNSTEADY =
  /^(pid|uptime|time|libevent|rusage_.*|.*_connections|connection_structures|threads|lru_.*|hash_.*|read_buf.*|response_obj.*|moves_.*|slabs_moved|total_malloced|direct_reclaims|evicted_active|lrutail_reflocked|number_.*|age.*|hits_to_.*|.*crawler.*|reclaimed|expired_unfetched|slab_.*|bytes_written)$/;

async function askAlike(requests: readonly string[]): Promise<readonly [Conversation, Conversation]> {
  const [theirs, ours] = await pair.connect();
  for (const request of requests) {
    const [expected, reply] = [await theirs.ask(request), await ours.ask(request)].map((each) =>
      each.replace(/\bla=\d+/g, 'la=…'),
    );
    expect(reply).toBe(expected);
  }
  return [theirs, ours];
}

describe.each(knownBuilds)('stats beside the $name', (build) => {
  it.each(['general', 'settings', 'items', 'slabs'])('%s › names, in order', async (group) => {
    pair = await Pair.start(build);
    const [theirs, ours] = await askAlike(['set a 0 0 1\r\nx\r\n']);
    const asked = group === 'general' ? '' : group;
    const expected = namesOf(await stats(theirs, asked));
    const got = namesOf(await stats(ours, asked));
    const missing = leftOut(group, build.version);
    expect(got).toEqual(expected.filter((name) => !missing.includes(name)));
    expect(missing.filter((name) => !expected.includes(name))).toEqual([]);
  });

  it('counts requests and items alike', async () => {
    pair = await Pair.start(build, { args: ['-o', 'no_modern'] });
    const [theirs, ours] = await askAlike(REQUESTS);
    for (const group of ['', 'slabs', 'items']) {
      const expected = Object.fromEntries(await stats(theirs, group));
      const got = (await stats(ours, group)).filter(([name]) => !UNSTEADY.test(name.split(':').at(-1) ?? ''));
      const same = got.map(([name]) => [name, expected[name]]);
      expect({ group, ...Object.fromEntries(got) }).toEqual({ group, ...Object.fromEntries(same) });
    }
  });

  it('reset › counters begin again, items stay counted', async () => {
    pair = await Pair.start(build, { args: ['-o', 'no_modern'] });
    const [theirs, ours] = await askAlike([...REQUESTS, 'stats reset\r\n']);
    for (const group of ['', 'slabs', 'items']) {
      const expected = Object.fromEntries(await stats(theirs, group));
      const got = (await stats(ours, group)).filter(([name]) => !UNSTEADY.test(name.split(':').at(-1) ?? ''));
      const same = got.map(([name]) => [name, expected[name]]);
      expect({ group, ...Object.fromEntries(got) }).toEqual({ group, ...Object.fromEntries(same) });
    }
  });

  it('settings › what both have reads the same, but for threads, slabs and segments', async () => {
    pair = await Pair.start(build);
    const [theirs, ours] = await pair.connect();
    const expected = Object.fromEntries(await stats(theirs, 'settings'));
    const differs = (await stats(ours, 'settings')).filter(([name, value]) => expected[name] !== value);
    expect(namesOf(differs)).toEqual([
      'tcpport',
      'num_threads',
      'slab_reassign',
      'slab_automove',
      'lru_maintainer_thread',
      'lru_segmented',
    ]);
  });

  it('conns › a block for the port and one for each connection, with its state', async () => {
    // One thread: with more, another may list a sender's state while its `set` is still being read.
    pair = await Pair.start(build, { args: ['-t', '1'] });
    for (const watcher of await pair.connect()) await watcher.until('watch\r\n', 'OK\r\n');
    for (const sender of await pair.connect()) await sender.until('mn\r\nset a 0 0 5\r\nhe', 'MN\r\n');
    const [theirs, ours] = await pair.connect();
    // In no order: memcached numbers connections by files, and takes the lowest that is free.
    const shape = async (conversation: Conversation): Promise<string[]> =>
      (await conversation.ask('stats conns\r\n'))
        .replace(/127\.0\.0\.1:\d+/g, 'host:port')
        .replace(/(secs_since_last_cmd) \d+/g, '$1 …')
        .split(/(?=STAT \d+:addr )/)
        .map((block) => block.replace(/STAT \d+:/g, 'STAT …:').replace('END\r\n', ''))
        .sort();
    expect(await shape(ours)).toEqual(await shape(theirs));
  });

  it('cachedump, detail, sizes and verbosity › the same replies', async () => {
    pair = await Pair.start(build, { args: ['-o', 'no_modern'] });
    await askAlike([
      'stats cachedump\r\nstats cachedump 1\r\nstats cachedump x y\r\nstats cachedump 64 1\r\nstats cachedump 1 0\r\n',
      'set a 0 0 1\r\nx\r\nset b 0 0 2\r\nxy\r\nset big 0 0 300\r\n' + 'v'.repeat(300) + '\r\n',
      'stats cachedump 1 0\r\nstats cachedump 1 1\r\nstats cachedump 5 0\r\nstats cachedump 6 0\r\nstats cachedump 7 0\r\n',
      'stats detail\r\nstats detail on\r\nset u:1 0 0 1\r\nx\r\nget u:1 u:2 plain\r\nmg u:1 v\r\ndelete u:1\r\n',
      'stats detail dump\r\nstats detail off\r\nget u:1\r\nstats detail dump\r\nstats detail nonsense\r\n',
      'stats sizes\r\nstats sizes_enable\r\nset c 0 0 1\r\nx\r\nset d 0 0 100\r\n' + 'v'.repeat(100) + '\r\n',
      'stats sizes\r\ndelete d\r\nstats sizes\r\nstats sizes_disable\r\nstats sizes\r\n',
      'stats nonsense\r\nstats reset\r\nget a\r\n',
      'verbosity\r\nverbosity 0\r\nverbosity 9\r\nverbosity nonsense\r\nverbosity 1 noreply\r\nverbosity 1 2 3\r\n',
    ]);
    const [theirs, ours] = await pair.connect();
    const verbosity = (settings: [string, string][]): string | undefined => Object.fromEntries(settings)['verbosity'];
    for (const level of ['0', '1', '9']) {
      await Promise.all([theirs, ours].map((each) => each.ask(`verbosity ${level}\r\n`)));
      expect(verbosity(await stats(ours, 'settings'))).toBe(verbosity(await stats(theirs, 'settings')));
    }
  });

  it('cache_memlimit › the same replies, and what is above the new limit leaves', async () => {
    pair = await Pair.start(build);
    const [theirs, ours] = await askAlike([
      'cache_memlimit\r\ncache_memlimit x\r\ncache_memlimit 1\r\ncache_memlimit 7\r\ncache_memlimit 0\r\n',
      'cache_memlimit 2000000000\r\ncache_memlimit 128\r\n',
      'cache_memlimit 100 noreply\r\n',
    ]);
    expect((await stats(ours, ''))['find'](([name]) => name === 'limit_maxbytes')).toEqual(
      (await stats(theirs, '')).find(([name]) => name === 'limit_maxbytes'),
    );
    for (let index = 0; index < 20; index += 1) {
      await ours.ask(`set k${String(index)} 0 0 1000000\r\n${'x'.repeat(1_000_000)}\r\n`);
    }
    await ours.ask('cache_memlimit 8\r\n');
    expect(pair.server.stats()).toMatchObject({ curr_items: '8', evictions: '12', limit_maxbytes: '8388608' });
  });
});
