/**
 * Clients of other languages: one program each, run against memcached and against the embedded server. What they print
 * must be the same, so nothing of a client's own oddities is written down here. tools/ensure-memcached.mjs installs them on
 * Debian; where they cannot be had, MEMKIT_OTHER_LANGUAGES=off leaves this file out of a run.
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type MemcacheServer } from '@memkit/server';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { runNode } from './run-program.js';
import { workspaceRoot } from './workspace-root.js';

interface Client {
  readonly name: string;
  readonly program: readonly string[];
  /** Lines that show that the program did what it says; with a login there is one more. */
  readonly shows: readonly string[];
  readonly showsLogin?: string;
}

// Debian's own Python: the clients are packages of the distribution.
const python = existsSync('/etc/debian_version') ? '/usr/bin/python3' : 'python3';
const clients: readonly Client[] = [
  {
    name: 'libmemcached tools',
    program: ['sh', 'libmemcached_tools.sh'],
    shows: ['memccat: Ada', 'memccat: 7', 'memctouch: [0]', 'memcrm: [0]', 'memcrm: [1]', 'memcflush: [0]'],
  },
  {
    name: 'pylibmc',
    program: [python, 'python_pylibmc.py'],
    shows: [
      "get {'name': 'Ada'} 5 é None",
      'numbers 10 0',
      'compressed True True',
      'too large TooBig',
      'flush True None',
    ],
    showsLogin: 'wrong password Error',
  },
  {
    name: 'python-binary-memcached',
    program: [python, 'python_bmemcached.py'],
    shows: ['cas 2 True False 3', 'numbers 10 15 0', 'compressed True True', 'flush True None'],
    showsLogin: 'wrong password MemcachedException',
  },
  {
    name: 'Dalli',
    program: ['ruby', 'ruby_dalli.rb'],
    shows: ['get {:name=>"Ada"} é nil', 'cas true 23', 'fetch once once', 'compressed true true', 'flush [true] nil'],
    showsLogin: 'wrong password Dalli::DalliError',
  },
  {
    name: 'php-memcached',
    program: ['php', 'php_memcached.php'],
    shows: ["get 'Ada' 5 true false true", "cas '2' true false '3'", 'compressed true true', 'flush true false'],
    showsLogin: 'wrong password false',
  },
];
const pymemcache: Client = {
  name: 'pymemcache',
  program: [python, 'python_pymemcache.py'],
  shows: ["after b'012'", "cas b'2' True False b'3'", 'large True True', "pool True b'x'", 'flush True None'],
};
const ada = { username: 'ada', password: 'lovelace' };

/** What the program prints, with errors; it must end with 0. */
async function run({ program, name }: Client, port: number, login: readonly string[]): Promise<string> {
  const [command = '', ...args] = program;
  const child = spawn(command, [...args, '127.0.0.1', String(port), ...login], {
    cwd: `${workspaceRoot}internal/cross-tests/other-languages`,
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => {
    child.once('error', resolve);
    child.once('close', resolve);
  });
  const shown = output.replaceAll(`127.0.0.1:${String(port)}`, 'SERVER');
  expect({ name, code, output: code === 0 ? '' : shown }).toEqual({ name, code: 0, output: '' });
  return shown;
}

async function compare(client: Client, theirs: RealMemcached, ours: MemcacheServer, isLogin: boolean): Promise<void> {
  const login = isLogin ? [ada.username, ada.password] : [];
  const expected = await run(client, theirs.port, login);
  const actual = await run(client, ours.address?.port ?? 0, login);
  expect(actual).toBe(expected);
  const shows = isLogin && client.showsLogin !== undefined ? [...client.shows, client.showsLogin] : client.shows;
  expect(actual.split('\n')).toEqual(expect.arrayContaining([...shows]));
}

describe('clients of other languages find no difference to memcached', () => {
  let memcached: RealMemcached;
  let memcachedWithLogin: RealMemcached;
  const server = createServer();
  const serverWithLogin = createServer({ sasl: ada });

  beforeAll(async () => {
    const { code, output } = await runNode(['tools/ensure-memcached.mjs', '--look'], process.env);
    if (code !== 0) throw new Error(output);
    memcached = await startMemcached();
    memcachedWithLogin = await startMemcached({ sasl: ada });
    await Promise.all([server.listen(), serverWithLogin.listen()]);
  });
  afterAll(async () => {
    await Promise.all([memcached.stop(), memcachedWithLogin.stop(), server.close(), serverWithLogin.close()]);
  });

  it.each([...clients, pymemcache])('$name', async (client) => {
    await compare(client, memcached, server, false);
  });

  it.each(clients)('$name, logged in by SASL', async (client) => {
    await compare(client, memcachedWithLogin, serverWithLogin, true);
  });
});
