/** Options of memcached that take something away, or give it a command: each beside the memcached that has it. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { binaryOpcodes } from '@memkit/protocol/internal';
import type { ServerOptions } from '@memkit/server';
import { requestFrame } from '@memkit/testing';
import { knownBuilds, Pair } from './beside-memcached.js';

let pair: Pair;
afterEach(() => pair.stop());

const NO_EXTRAS = '\0'.repeat(8);
const NOOP_REPLY = `\x81\x0a${'\0'.repeat(22)}`;
const NEVER_LEAVES = '0'.repeat(8000);

/** `la=` is a time. */
const steady = (reply: string): string => reply.replace(/\bla=\d+/g, 'la=…');

/** Requests one by one; the replies of both must be the same. */
async function expectSame(requests: readonly string[]): Promise<string[]> {
  const [theirs, ours] = await pair.connect();
  const replies: string[] = [];
  for (const request of requests) {
    const [expected, reply] = [await theirs.ask(request), await ours.ask(request)].map(steady);
    expect({ request: request.slice(0, 100), reply }).toEqual({ request: request.slice(0, 100), reply: expected });
    replies.push(reply ?? '');
  }
  return replies;
}

async function expectSameBinary(frames: readonly string[]): Promise<string> {
  const [theirs, ours] = await pair.connect();
  const requests = frames.join('') + requestFrame(binaryOpcodes.noop);
  const [expected, reply] = [await theirs.until(requests, NOOP_REPLY), await ours.until(requests, NOOP_REPLY)];
  expect(reply).toBe(expected);
  return reply;
}

const lines = (dump: string): string[] => steady(dump).split('\n').sort();

const settings = async (options: ServerOptions, names: RegExp): Promise<void> => {
  const [theirs, ours] = await pair.connect();
  const pick = (reply: string): string[] => reply.split('\r\n').filter((line) => names.test(line));
  const [expected, got] = [pick(await theirs.ask('stats settings\r\n')), pick(await ours.ask('stats settings\r\n'))];
  expect(expected.length).toBeGreaterThan(0);
  expect({ options, got }).toEqual({ options, got: expected });
};

describe.each(knownBuilds)('beside the $name', (build) => {
  it("disabled: ['evictions'] › a full memory refuses what is new, as -M", async () => {
    const options: ServerOptions = { disabled: ['evictions'], memory: 8 * 1024 * 1024 };
    pair = await Pair.start(build, { args: ['-M', '-m', '8', '-o', 'no_modern'] }, options);
    const [theirs, ours] = await pair.connect();
    for (const each of [theirs, ours]) {
      await each.ask('set number 0 0 1\r\n9\r\n');
      let reply = '';
      for (let index = 0; reply === ''; index += 1) {
        reply = await each.ask(`set k${String(index)} 0 0 8000 noreply\r\n${NEVER_LEAVES}\r\nmg k${String(index)}\r\n`);
        if (reply === 'HD\r\n') reply = '';
      }
    }
    const large = `8000\r\n${NEVER_LEAVES}\r\n`;
    const replies = await expectSame([
      `set new 0 0 ${large}`,
      `add new 0 0 ${large}`,
      `replace k3 0 0 ${large}mg k3\r\n`,
      `append new 0 0 ${large}`,
      'append k3 0 0 10\r\n0123456789\r\nmg k3 s\r\n',
      `cas k3 0 0 8000 1\r\n${NEVER_LEAVES}\r\nmg k3\r\n`,
      `set k3 0 0 ${large}mg k3\r\nset k3 0 0 ${large}`,
      `ms k4 8000 MA\r\n${NEVER_LEAVES}\r\nmg k4\r\nset k4 0 0 ${large}`,
      `ms new 8000 q\r\n${NEVER_LEAVES}\r\n`,
      `set new 0 0 8000 noreply\r\n${NEVER_LEAVES}\r\n`,
      'get new\r\nmg k0 s\r\nmg k1 s\r\n',
    ]);
    expect(replies[0]).toBe('SERVER_ERROR out of memory storing object\r\n');
    expect(replies[6]).toBe('SERVER_ERROR out of memory storing object\r\nEN\r\nSTORED\r\n');
    await expectSameBinary([
      requestFrame(binaryOpcodes.set, { key: 'new', extras: NO_EXTRAS, value: NEVER_LEAVES }),
      requestFrame(binaryOpcodes.setQuiet, { key: 'new', extras: NO_EXTRAS, value: NEVER_LEAVES }),
      requestFrame(binaryOpcodes.append, { key: 'k1', value: '0123456789' }),
    ]);
    await settings(options, / evictions /);
    expect(pair.server.stats()).toMatchObject({ evictions: '0' });
  });

  it("disabled: ['cas'] › every CAS value is 0 and items are 8 bytes smaller, as -C", async () => {
    const options: ServerOptions = { disabled: ['cas'] };
    pair = await Pair.start(build, { args: ['-C'] }, options);
    const [, gets] = await expectSame([
      'set a 0 0 1\r\nx\r\n',
      'gets a\r\n',
      'cas a 0 0 1 0\r\ny\r\ncas a 0 0 1 1\r\ny\r\ncas none 0 0 1 0\r\ny\r\n',
      'mg a v c\r\nms a 1 c\r\nz\r\nms a 1 c C1\r\nz\r\nme a\r\nmd a C1\r\n',
      'set n 0 0 1\r\n5\r\nincr n 1\r\ngets n\r\nma n c\r\nmd n I\r\nmg n c\r\n',
      // The largest item, and one byte more.
      `set big 0 0 1048522\r\n${'x'.repeat(1_048_522)}\r\nset bigger 0 0 1048520\r\n${'x'.repeat(1_048_520)}\r\nmg big s\r\n`,
    ]);
    expect(gets).toBe('VALUE a 0 1 0\r\nx\r\nEND\r\n');
    await expectSameBinary([
      requestFrame(binaryOpcodes.set, { key: 'a', extras: NO_EXTRAS, value: 'v', cas: 77 }),
      requestFrame(binaryOpcodes.get, { key: 'a' }),
      requestFrame(binaryOpcodes.delete, { key: 'a', cas: 77 }),
    ]);
    const [theirs, ours] = await pair.connect();
    const dump = await theirs.until('lru_crawler metadump all\r\n', 'END\r\n');
    expect(dump).toContain(' cas=0 ');
    expect(lines(await ours.until('lru_crawler metadump all\r\n', 'END\r\n'))).toEqual(lines(dump));
    await settings(options, / cas_enabled /);
  });

  it("disabled: ['flush-all'] › flush_all is refused and nothing leaves, as -F", async () => {
    const options: ServerOptions = { disabled: ['flush-all'] };
    pair = await Pair.start(build, { args: ['-F'] }, options);
    const [, refused] = await expectSame([
      'set a 0 0 1\r\nx\r\n',
      'flush_all\r\nflush_all 5\r\n',
      'flush_all noreply\r\nget a\r\n',
    ]);
    expect(refused).toBe('CLIENT_ERROR flush_all not allowed\r\n'.repeat(2));
    await expectSameBinary([
      requestFrame(binaryOpcodes.flush),
      requestFrame(binaryOpcodes.flush, { extras: '\0\0\0\0' }),
      requestFrame(0x18),
    ]);
    await settings(options, / flush_enabled /);
    const [theirs] = await pair.connect();
    const flushes = Number(/cmd_flush (\d+)/.exec(await theirs.ask('stats\r\n'))?.[1]);
    expect(pair.server.stats()['cmd_flush']).toBe(String(flushes));
  });

  it("disabled: ['dumping'] › nobody gets a list of keys, as -X", async () => {
    const options: ServerOptions = { disabled: ['dumping'] };
    pair = await Pair.start(build, { args: ['-X'] }, options);
    const [, cachedump] = await expectSame([
      'set a:b 0 0 1\r\nx\r\n',
      'stats cachedump 1 0\r\nstats cachedump\r\n',
      'lru_crawler metadump all\r\nlru_crawler metadump nonsense\r\nlru_crawler metadump\r\nlru_crawler mgdump all\r\n',
      'stats detail on\r\nget a:b\r\nstats detail dump\r\nstats detail nonsense\r\n',
    ]);
    expect(cachedump).toBe('CLIENT_ERROR stats cachedump not allowed\r\n'.repeat(2));
    await expectSameBinary(
      ['detail on', 'detail dump', 'detail nonsense'].map((group) => requestFrame(0x10, { key: group })),
    );
    await settings(options, / dump_enabled /);
  });

  it("disabled: ['watch'] › nobody watches, as -W", async () => {
    pair = await Pair.start(build, { args: ['-W'] }, { disabled: ['watch'] });
    const [watch] = await expectSame(['watch\r\nwatch fetchers\r\n', 'watch nonsense\r\n']);
    expect(watch).toBe('CLIENT_ERROR watch commands not allowed\r\n'.repeat(2));
  });

  it('prefixDelimiter › ends the prefixes of stats detail, which counts from the start, as -D', async () => {
    const options: ServerOptions = { prefixDelimiter: '/' };
    pair = await Pair.start(build, { args: ['-D', '/'] }, options);
    const [, dump] = await expectSame(['set a/b 0 0 1\r\nx\r\nget a/b a:c a\r\n', 'stats detail dump\r\n']);
    expect(dump).toBe('PREFIX a get 1 hit 1 set 1 del 0\r\nEND\r\n');
    await settings(options, /prefix|detail/);
  });

  it('onShutdown › is called for shutdown, and for nothing else, as -A', async () => {
    let calls = 0;
    const options: ServerOptions = { onShutdown: () => void (calls += 1) };
    pair = await Pair.start(build, { args: ['-A'] }, options);
    await settings(options, /shutdown/);
    await expectSame(['shutdown nonsense\r\n', 'shutdown noreply\r\n', 'shutdown graceful now\r\n']);
    expect(calls).toBe(0);
    await expectSame(['shutdown graceful\r\n']);
    expect(calls).toBe(1);
    await pair.stop();
    pair = await Pair.start(build);
    await expectSame(['shutdown\r\nshutdown graceful\r\n', 'shutdown noreply\r\n']);
  });
});
