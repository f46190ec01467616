// `npm run test:memcached`: memcached's own Perl tests against the embedded server, and beside it against the installed
// memcached, each test on a fresh server. The tests come from a checkout named by MEMCACHED_SOURCE; none are kept here.
//   MEMCACHED_SOURCE=/path/to/memcached npm run test:memcached -- [name …]      names such as cas or stats; default: all
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createServer } from '@memkit/server';
import { startMemcached } from '@memkit/testing';

/** Pass whole on memcached 1.6.18 with its default options. */
const WHOLE = [
  'binary-get',
  'binary',
  'bogus-commands',
  'cas',
  'chunked-items',
  'expirations',
  'flags',
  'getandtouch',
  'getset',
  'incrdecr',
  'issue_104',
  'issue_108',
  'issue_14',
  'issue_152',
  'issue_163',
  'issue_192',
  'issue_29',
  'issue_3',
  'issue_41',
  'issue_42',
  'issue_68',
  'issue_70',
  'malicious-commands',
  'metaget',
  'multiversioning',
  'noreply',
  'quit',
  'stats-detail',
  'strtol-testing',
  'touch',
  'watcher_connid',
];

/**
 * Pass in part on memcached 1.6.18: the rest needs options the test would start its own server with. The number is how
 * many the embedded server must pass at least.
 */
const IN_PART = {
  'flush-all': 24,
  stats: 109,
  watcher: 26,
  'idle-timeout': 8,
};

/** A test that gets no answer waits for it for ever. */
const PATIENCE_MS = 60_000;
/** Many of the tests mostly sleep. */
const AT_A_TIME = 4;
const TITLES = ['test', 'planned', 'memcached', 'memkit', ''];

class Unusable extends Error {}

/** What a test printed in the Test Anything Protocol. */
function readTap(output) {
  const planned = Number(/^1\.\.(\d+)/m.exec(output)?.[1] ?? 0);
  const failures = output.match(/^not ok .*$/gm) ?? [];
  return { planned, passed: (output.match(/^ok /gm) ?? []).length, failures };
}

/** Runs one test against the server at this port. */
function runTest(source, work, name, port) {
  const options = [`-I${work}`, `-I${join(source, 't', 'lib')}`, '-MWaitingTime'];
  const child = spawn('perl', [...options, join(source, 't', `${name}.t`)], {
    cwd: work,
    env: { ...process.env, T_MEMD_USE_DAEMON: `127.0.0.1:${String(port)}` },
    stdio: ['ignore', 'pipe', 'pipe'],
    // The tests end the servers they did not start with a signal to their own process group.
    detached: true,
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (data) => (output += data));
  child.stderr.on('data', (data) => (errors += data));
  const patience = setTimeout(() => process.kill(-child.pid, 'SIGKILL'), PATIENCE_MS);
  return new Promise((done, fail) => {
    child.once('error', (error) => {
      clearTimeout(patience);
      fail(new Unusable(`perl cannot be started: ${error.message}`));
    });
    child.once('close', () => {
      clearTimeout(patience);
      done({ ...readTap(output), errors });
    });
  });
}

async function onEmbeddedServer(run) {
  const server = createServer();
  try {
    return await run((await server.listen()).port);
  } finally {
    await server.close();
  }
}

async function onMemcached(run) {
  const server = await startMemcached();
  try {
    return await run(server.port);
  } finally {
    await server.stop();
  }
}

/**
 * What the tests need beside their server. They ask a program in their working directory for its features: this one has
 * none of unix sockets, extstore and the proxy, which a server somebody else started cannot be asked to use. And they
 * move the server's clock by a command only debug builds have: here the time passes.
 */
function workDirectory() {
  const work = mkdtempSync(join(tmpdir(), 'memkit-memcached-tests-'));
  const program = join(work, 'memcached-debug');
  writeFileSync(program, '#!/bin/sh\n');
  chmodSync(program, 0o755);
  const waiting = [
    'package WaitingTime;',
    'use MemcachedTest ();',
    'no warnings "redefine";',
    '*MemcachedTest::mem_move_time = sub { select undef, undef, undef, $_[1] };',
    '1;',
  ];
  writeFileSync(join(work, 'WaitingTime.pm'), `${waiting.join('\n')}\n`);
  return work;
}

function sourceDirectory() {
  const source = process.env.MEMCACHED_SOURCE;
  const advice =
    'Clone https://github.com/memcached/memcached, check out 1.6.18 and set MEMCACHED_SOURCE to that directory.';
  if (source === undefined || source === '') throw new Unusable(`MEMCACHED_SOURCE is not set. ${advice}`);
  if (existsSync(join(source, 't', 'lib', 'MemcachedTest.pm'))) return resolve(source);
  throw new Unusable(`MEMCACHED_SOURCE is ${source}, which has no t/lib/MemcachedTest.pm. ${advice}`);
}

function row(cells) {
  const [name, ...numbers] = cells;
  return `${String(name).padEnd(22)}${numbers.map((cell) => String(cell).padStart(10)).join('')}`.trimEnd();
}

async function main(wanted) {
  const source = sourceDirectory();
  const known = [...WHOLE, ...Object.keys(IN_PART)];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Unusable(`There is no test ${unknown.join(', ')} in the list of this script.`);
  const work = workDirectory();
  const failed = [];
  console.log(row(TITLES));
  try {
    const queue = wanted.length > 0 ? [...wanted] : known;
    const runQueue = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const test = name;
        const run = (port) => runTest(source, work, test, port);
        const [theirs, ours] = await Promise.all([onMemcached(run), onEmbeddedServer(run)]);
        const isFailed = ours.planned === 0 || ours.passed < (IN_PART[name] ?? ours.planned);
        console.log(row([name, theirs.planned, theirs.passed, ours.passed, isFailed ? 'FAILED' : 'ok']));
        if (isFailed) failed.push({ name, ...ours });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, runQueue));
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  for (const { name, failures, errors } of failed) {
    console.log(`\n${name}:\n${failures.slice(0, 20).join('\n')}\n${errors.slice(0, 3000)}`);
  }
  return failed.length;
}

try {
  process.exitCode = (await main(process.argv.slice(2))) > 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof Unusable)) throw error;
  console.error(error.message);
  process.exitCode = 2;
}
