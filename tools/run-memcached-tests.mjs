// `npm run test:memcached`: memcached's own Perl tests against the embedded server, and beside it against the installed
// memcached, each test on a fresh server. Most drive a server that runs; some start theirs with options of memcached, and
// get the command of @memkit/server for it. The tests come from a checkout named by MEMCACHED_SOURCE; none are kept here.
//   MEMCACHED_SOURCE=/path/to/memcached npm run test:memcached -- [name …]      names such as cas or stats; default: all
import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { createServer } from '@memkit/server';
import { memcachedBuilds, startMemcached } from '@memkit/testing';

/** Drive a server that runs with default options, and pass whole on memcached 1.6.18. */
const DRIVEN = [
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

/** Start servers of their own with options of memcached, and pass whole on memcached 1.6.18. */
const STARTED = [
  'ascii-auth',
  'dash-M',
  'evictions',
  'flush-all',
  'idle-timeout',
  'item_size_max',
  'lru',
  'maxconns',
  'shutdown',
  'stats',
  'unixsocket',
  'watcher',
];

/** The checks that fail on the embedded server, by the names they print. */
const KNOWN_FAILURES = {
  // It wants as many statistics as memcached has; the README of the server lists those that are left out.
  stats: ['expected count of stats values'],
};

/** A test that gets no answer waits for it for ever. */
const PATIENCE_MS = 180_000;
/** Many of the tests mostly sleep. */
const AT_A_TIME = 4;
const TITLES = ['test', 'planned', 'memcached', 'planned', 'memkit', ''];

class Unusable extends Error {}

/** What a test printed in the Test Anything Protocol. */
function readTap(output) {
  const planned = Number(/^1\.\.(\d+)/m.exec(output)?.[1] ?? 0);
  const failures = output.match(/^not ok .*$/gm) ?? [];
  return { planned, passed: (output.match(/^ok /gm) ?? []).length, failures };
}

/**
 * Runs one test.
 * @param work what `memcached-debug` is: see workDirectory()
 * @param port the server to drive; `undefined`: the test starts its own
 */
function runTest(source, work, name, port) {
  const options = [`-I${work}`, `-I${join(source, 't', 'lib')}`, '-MWaitingTime'];
  const child = spawn('perl', [...options, join(source, 't', `${name}.t`)], {
    cwd: work,
    env: { ...process.env, ...(port === undefined ? {} : { T_MEMD_USE_DAEMON: `127.0.0.1:${String(port)}` }) },
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
      endGroup(child.pid);
      done({ ...readTap(output), errors });
    });
  });
}

/** Servers of a test that died. */
function endGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/** Starts our command from its sources. */
function startsOurs(work) {
  const file = join(work, 'start.mjs');
  writeFileSync(file, OUR_COMMAND);
  const options = ['--no-warnings', '--import', fromRoot('tools/swc-register.mjs'), '--conditions=@memkit/source'];
  return starts([process.execPath, ...options, file].map((word) => `'${word}'`).join(' '));
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

/** What a test starts. With no features: of a server somebody else started it must not ask for any. */
const NOTHING = '';
/**
 * A program with the words of a test's start line, but for an option of builds with a sandbox, and UDP, which is off.
 * Output goes nowhere: Node.js makes a pipe it shares with the test a non-blocking one.
 */
const starts = (program) => `
case "$1" in
  -h) exec ${program} -h ;;
  *) exec ${program} $(printf '%s ' "$@" | sed -e 's/-o relaxed_privileges//' -e 's/-U [0-9]*//') >/dev/null 2>&1 ;;
esac`;
const fromRoot = (path) => new URL(`../${path}`, import.meta.url).href;
const OUR_COMMAND = `
const { runCommandLine } = await import(${JSON.stringify(fromRoot('packages/server/src/command-line/run-command-line.ts'))});
process.exitCode = await runCommandLine(process.argv.slice(2), process);
`;

/**
 * What the tests need beside their server. They start a program in their working directory, and ask it for its features.
 * They move the server's clock by a command only debug builds have: here the time passes.
 */
function workDirectory(makeScript) {
  const work = mkdtempSync(join(tmpdir(), 'memkit-memcached-tests-'));
  const writeProgram = (name, script) => {
    writeFileSync(join(work, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(work, name), 0o755);
  };
  writeProgram('memcached-debug', makeScript(work));
  writeProgram('timedrun', 'shift\nexec "$@"');
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

/** The results of one test on memcached and on ours. */
function runOnBoth(source, works, name) {
  if (STARTED.includes(name)) {
    return Promise.all([runTest(source, works.theirs, name), runTest(source, works.ours, name)]);
  }
  const run = (port) => runTest(source, works.none, name, port);
  return Promise.all([onMemcached(run), onEmbeddedServer(run)]);
}

/** It did not come to its end, or something failed that is not known to. */
function hasFailed(name, { planned, passed, failures }) {
  const known = KNOWN_FAILURES[name] ?? [];
  const unknown = failures.filter((line) => !known.some((text) => line.endsWith(` - ${text}`)));
  return planned === 0 || unknown.length > 0 || passed + failures.length < planned;
}

async function main(wanted) {
  const source = sourceDirectory();
  const known = [...DRIVEN, ...STARTED];
  const unknown = wanted.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Unusable(`There is no test ${unknown.join(', ')} in the list of this script.`);
  const works = {
    none: workDirectory(() => NOTHING),
    theirs: workDirectory(() => starts(memcachedBuilds()[0].program)),
    ours: workDirectory(startsOurs),
  };
  const failed = [];
  console.log(row(TITLES));
  try {
    const queue = wanted.length > 0 ? [...wanted] : known;
    const runQueue = async () => {
      for (let name = queue.shift(); name !== undefined; name = queue.shift()) {
        const [theirs, ours] = await runOnBoth(source, works, name);
        const isFailed = hasFailed(name, ours);
        console.log(row([name, theirs.planned, theirs.passed, ours.planned, ours.passed, isFailed ? 'FAILED' : 'ok']));
        if (isFailed) failed.push({ name, ...ours });
      }
    };
    await Promise.all(Array.from({ length: AT_A_TIME }, runQueue));
  } finally {
    for (const work of Object.values(works)) rmSync(work, { recursive: true, force: true });
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
