/** `watch` and the dumps of `lru_crawler` beside both memcacheds: the same lines, but for times and connection numbers. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { Conversation, knownBuilds, Pair } from './beside-memcached.js';

let pair: Pair;
afterEach(() => pair.stop());

/** One worker: with several, memcached writes events in the order its threads come to it. */
const ONE_THREAD = { args: ['-t', '1', '-o', 'no_modern'] };
const SENTINEL = 'sentinel';

/** Without what is different in every run; of what is too large, memcached gives the connection as the class. */
const eventsIn = (received: string): string[] =>
  received
    .split('\n')
    .filter((line) => line.startsWith('ts='))
    .map((line) =>
      line
        .replace(/(status=too_large cmd=\w+) .*/, '$1')
        .replace(/^ts=\d+\.\d+ gid=\d+ /, '')
        .replace(/\b(cfd|rport|la)=\d+/g, '$1=…')
        .replace(/\bttl=[1-9]\d*/, 'ttl=…'),
    );

/** What both show of the same requests, one after the other. */
async function watched(kinds: string, requests: readonly string[]): Promise<readonly [string[], string[]]> {
  const watchers = await pair.connect();
  const clients = await pair.connect();
  for (const watcher of watchers) await watcher.until(`watch ${kinds} fetchers\r\n`, 'OK\r\n');
  for (const client of clients) {
    for (const request of requests) await client.ask(request);
    await client.ask(`get ${SENTINEL}\r\n`);
  }
  await Promise.all(watchers.map((watcher) => watcher.seen(new RegExp(`key=${SENTINEL} .*\\n`))));
  const [theirs = [], ours = []] = watchers.map(({ received }) => eventsIn(received));
  expect(theirs.length).toBeGreaterThan(1);
  return [theirs, ours];
}

describe.each(knownBuilds)('watch beside the $name', (build) => {
  it('fetchers › a line for every key that is asked for', async () => {
    pair = await Pair.start(build, ONE_THREAD);
    const [theirs, ours] = await watched('', [
      'set a 0 0 2\r\nxy\r\nset odd/key~% 0 0 1\r\nx\r\nset gone 0 -1 1\r\nx\r\nget gone\r\n',
      'get a none odd/key~%\r\ngat 0 a\r\nmg a v\r\nmg none v\r\ntouch a 0\r\nincr a 1\r\nappend a 0 0 1\r\nz\r\n',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('mutations › a line for every store, with its outcome', async () => {
    pair = await Pair.start(build, ONE_THREAD);
    const [theirs, ours] = await watched('mutations', [
      'set a 0 0 2\r\nxy\r\nadd a 0 0 1\r\nx\r\nadd b 5 100 1\r\nx\r\nreplace none 0 0 1\r\nx\r\nreplace a 0 0 1\r\nx\r\n',
      'append a 0 0 10\r\n0123456789\r\nprepend a 0 0 1\r\n0\r\nappend none 0 0 1\r\nx\r\ncas a 0 0 1 1\r\nx\r\ncas none 0 0 1 1\r\nx\r\n',
      'ms m 1 T30\r\nx\r\nms m 1 MA\r\ny\r\nms m 2 ME\r\nxx\r\nms m 1 C1\r\nx\r\nset n 0 0 1\r\n9\r\nincr n 1\r\ndelete n\r\n',
      `set big 0 0 2000000\r\n${'x'.repeat(2_000_000)}\r\n`,
    ]);
    expect(ours).toEqual(theirs);
  });

  it('deletions › since 1.6.45', async () => {
    pair = await Pair.start(build, ONE_THREAD);
    if (build.version === '1.6.18') {
      for (const each of await pair.connect()) expect(await each.ask('watch deletions\r\n')).toBe('ERROR\r\n');
      return;
    }
    const [theirs, ours] = await watched('deletions', [
      'set a 0 0 2\r\nxy\r\nset b 0 0 2\r\nxy\r\ndelete a\r\nmd b\r\ndelete a\r\nmd b\r\n',
    ]);
    expect(ours).toEqual(theirs);
  });

  it('evictions › a line of the same words', async () => {
    pair = await Pair.start(build, { args: ['-t', '1', '-m', '2', '-o', 'no_modern'] }, { memory: 2 * 1024 * 1024 });
    const watchers = await pair.connect();
    const clients = await pair.connect();
    for (const [index, client] of clients.entries()) {
      await watchers[index]?.until('watch evictions\r\n', 'OK\r\n');
      for (let key = 0; key < 60; key += 1) {
        await client.ask(`set k${String(key)} 0 100 100000 noreply\r\n${'x'.repeat(100_000)}\r\n`);
      }
      await watchers[index]?.seen(/\bkey=k.*\n/);
    }
    const [theirs, ours] = watchers.map(({ received }) => eventsIn(received)[0]);
    expect(ours).toBe(theirs);
  });

  it('connevents › a connection that comes and goes', async () => {
    pair = await Pair.start(build, ONE_THREAD);
    const shown: string[][] = [];
    const watchers = await pair.connect();
    for (const watcher of watchers) await watcher.until('watch connevents\r\n', 'OK\r\n');
    for (const [index, client] of (await pair.connect()).entries()) {
      await client.until('quit\r\n', 'nothing');
      await watchers[index]?.seen(/type=conn_close .*\n/);
      shown.push(eventsIn(watchers[index]?.received ?? '').filter((line) => /conn_(new|close)/.test(line)));
    }
    expect(shown[1]?.at(-1)).toBe(shown[0]?.at(-1));
    expect(shown[1]?.[0]).toBe(shown[0]?.[0]);
  });

  it('refuses what it does not know, and a watch behind other commands', async () => {
    pair = await Pair.start(build, ONE_THREAD);
    const [theirs, ours] = await pair.connect();
    for (const request of ['watch nonsense\r\n', 'watch fetchers nonsense\r\n', 'version\r\nwatch\r\n']) {
      expect(await ours.ask(request)).toBe(await theirs.ask(request));
    }
  });

  it('has room for twenty watchers', async () => {
    pair = await Pair.start(build, ONE_THREAD);
    const replies: string[][] = [[], []];
    for (let count = 0; count < 21; count += 1) {
      for (const [index, watcher] of (await pair.connect()).entries()) {
        replies[index]?.push(await watcher.until('watch\r\n', '\r\n'));
      }
    }
    expect(replies[1]).toEqual(replies[0]);
  });
});

const keysOf = (dump: string): string[] =>
  dump
    .replace(/\bla=\d+/g, 'la=…')
    .split('\n')
    .sort();

describe.each(knownBuilds)('lru_crawler beside the $name', (build) => {
  it('metadump and mgdump › every key, of all or some classes', async () => {
    pair = await Pair.start(build);
    const [theirs, ours] = await pair.connect();
    const items =
      'set a 0 0 1\r\nx\r\nset odd/key~% 7 0 1\r\nx\r\nset later 0 2000000000 1\r\nx\r\nset gone 0 -1 1\r\nx\r\n' +
      `set large 0 0 600\r\n${'x'.repeat(600)}\r\nget a\r\nms AAEC 1 b\r\nx\r\n`;
    for (const each of [theirs, ours]) await each.ask(items);
    const dumps: readonly string[] = build.version === '1.6.18' ? ['metadump'] : ['metadump', 'mgdump'];
    for (const dump of dumps) {
      const end = dump === 'metadump' ? 'END\r\n' : 'EN\r\n';
      for (const classes of ['all', 'hash', '1', '1,10']) {
        const expected = await theirs.until(`lru_crawler ${dump} ${classes}\r\n`, end);
        const got = await ours.until(`lru_crawler ${dump} ${classes}\r\n`, end);
        expect({ dump, classes, keys: keysOf(got) }).toEqual({ dump, classes, keys: keysOf(expected) });
      }
    }
  });

  it('its switches and refusals › the same replies', async () => {
    pair = await Pair.start(build);
    const [theirs, ours] = await pair.connect();
    const requests = [
      'lru_crawler',
      'lru_crawler nonsense',
      'lru_crawler metadump',
      'lru_crawler metadump nonsense',
      'lru_crawler metadump 64',
      'lru_crawler metadump all more',
      'lru_crawler crawl',
      'lru_crawler crawl nonsense',
      'lru_crawler crawl 0',
      'lru_crawler tocrawl',
      'lru_crawler tocrawl 5',
      'lru_crawler tocrawl x',
      'lru_crawler sleep 100',
      'lru_crawler sleep 1000001',
      'lru_crawler sleep x',
      'version\r\nlru_crawler metadump all',
      'version\r\nlru_crawler mgdump all',
    ];
    for (const request of requests) {
      const expected = await theirs.ask(`${request}\r\n`);
      expect({ request, reply: await ours.ask(`${request}\r\n`) }).toEqual({ request, reply: expected });
    }
  });
});

describe.each(knownBuilds)('behind the login of memcached -Y, beside the $name', (build) => {
  it('nobody watches, dumps or changes the memory before it, everybody behind it', async () => {
    const user = { username: 'ada', password: 'lovelace' };
    pair = await Pair.start(build, { authFile: user }, { accounts: user, login: 'ascii' });
    const [theirs, ours] = await pair.connect();
    const requests = ['watch', 'lru_crawler metadump all', 'cache_memlimit 100', 'stats', 'verbosity 1', 'shutdown'];
    // One by one, each on a connection of its own: 1.6.45 ends some.
    for (const request of requests) {
      const [stranger, strangerHere] = await pair.connect();
      expect(await strangerHere.until(`${request}\r\n`, '\r\n')).toBe(await stranger.until(`${request}\r\n`, '\r\n'));
      expect(strangerHere.received).toBe('CLIENT_ERROR unauthenticated\r\n');
    }
    for (const each of [theirs, ours]) {
      expect(await each.until('set in 0 0 12\r\nada lovelace\r\n', '\r\n')).toBe('STORED\r\n');
      expect(await each.ask('cache_memlimit 100\r\n')).toBe('OK\r\n');
      expect(await each.until('lru_crawler metadump all\r\n', 'END\r\n')).toMatch(/END\r\n$/);
      expect(await each.until('watch\r\n', '\r\n')).toBe('OK\r\n');
    }
  });
});

it('a watcher that does not read costs 256 KiB, and learns how much it missed', async () => {
  pair = await Pair.start(knownBuilds[0] ?? { name: '', program: '', version: '1.6.18' });
  const { server } = pair;
  const watcher = server.connect();
  watcher.write('watch\r\n');
  const client = new Conversation(server.connect());
  for (let round = 0; round < 20; round += 1) await client.ask(`get${' some-key'.repeat(1000)}\r\n`);
  const { log_watcher_skipped: skipped, log_watcher_sent: sent } = server.stats();
  expect(Number(skipped) + Number(sent)).toBe(20_000);
  const lines = new Conversation(watcher);
  await client.ask('get last\r\n');
  await lines.seen(/key=last .*\n/);
  // The buffer, and what the stream holds on either side of it.
  expect(lines.received.length).toBeLessThan(400 * 1024);
  expect(lines.received).toContain(`skipped=${String(skipped)}\n`);
  client.close();
  watcher.destroy();
});
