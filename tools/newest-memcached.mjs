// Gets the memcached of a newer Debian beside the installed one, with the libraries it needs, and prints its path.
// Nothing is installed: the packages are unpacked under node_modules/.cache, where memcachedBuilds() of @memkit/testing
// finds the program. Where it cannot be had, one line says why and the tests run with the installed one alone.
//   node tools/newest-memcached.mjs [suite]      suite: sid (default), trixie, …
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const cache = fileURLToPath(new URL('../node_modules/.cache/memkit', import.meta.url));
const home = join(cache, 'newest-memcached');
const launcher = join(home, 'memcached');
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** What memcached is linked with; the names differ between suites, so the dependencies of the package decide. */
const libraries = /^(libc6|libevent|libsasl2-2|libssl|libzstd|zlib|liblua|libgcc|libcrypt)/;
const minutes = 60_000;

class Unavailable extends Error {}

/** @returns the path of the program, or undefined after a line that says why not */
export function newestMemcached(suite = 'sid') {
  if (existsSync(launcher)) return launcher;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    const root = unpack(suite, work);
    writeLauncher(root, join(work, 'memcached'));
    // Whole or not at all: two test runs may get here together.
    if (!existsSync(home)) renameSync(work, home);
    return launcher;
  } catch (error) {
    if (!(error instanceof Unavailable)) throw error;
    console.log(`The newest memcached cannot be had (${error.message}); the tests use the installed one.`);
    return undefined;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Downloads and unpacks; returns the name of the directory inside `work` that then is like a root directory. */
function unpack(suite, work) {
  if (!existsSync('/usr/bin/apt-get') || !existsSync(keyring)) throw new Unavailable('this is not Debian');
  const source = debianSource();
  if (source === undefined) throw new Unavailable('no Debian source is set up here');
  for (const name of ['lists/partial', 'archives/partial', 'root']) mkdirSync(join(work, name), { recursive: true });
  const list = join(work, 'sources.list');
  writeFileSync(list, `deb [signed-by=${keyring}] ${source} ${suite} main\n`);
  const settings = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(work, 'lists'),
    'Dir::Cache': work,
    'Acquire::Retries': '1',
    'Acquire::http::Timeout': '20',
    'Acquire::https::Timeout': '20',
    // Otherwise downloads run as a user who may not write here.
    'APT::Sandbox::User': 'root',
  };
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  run('apt-get', [...options, '-qq', 'update'], work);
  const relations = run(
    'apt-cache',
    [
      ...options,
      'depends',
      '--recurse',
      '--no-recommends',
      '--no-suggests',
      '--no-conflicts',
      '--no-breaks',
      '--no-replaces',
      '--no-enhances',
      'memcached',
    ],
    work,
  );
  const packages = [...new Set(relations.match(/^\w[^\s:]*$/gm) ?? [])].filter((name) => libraries.test(name));
  run(
    'apt-get',
    [...options, '-qq', 'download', ...['memcached', ...packages].map((name) => `${name}/${suite}`)],
    work,
  );
  for (const name of readdirSync(work).filter((name) => name.endsWith('.deb'))) {
    run('dpkg-deb', ['-x', name, 'root'], work);
    rmSync(join(work, name));
  }
  for (const name of ['lists', 'archives']) rmSync(join(work, name), { recursive: true, force: true });
  return join(work, 'root');
}

/** The address of the Debian archive in this machine's own settings. */
function debianSource() {
  const directory = '/etc/apt/sources.list.d';
  const files = [
    ...(existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : []),
    '/etc/apt/sources.list',
  ].filter(existsSync);
  const lines = files.flatMap((file) => readFileSync(file, 'utf8').split('\n'));
  const addresses = lines
    .filter((line) => /^(URIs:|deb) /.test(line))
    .flatMap((line) => line.match(/https?:\/\/\S+/g) ?? []);
  return addresses.find((address) => /\/debian\/?$/.test(address));
}

/** Its own loader and libraries, because the system's are too old for it. Finds them beside itself, wherever that is. */
function writeLauncher(root, file) {
  const files = run(
    'find',
    [
      root,
      '-name',
      'ld-linux*.so.*',
      '-o',
      '-name',
      'libevent-2*.so.*',
      '-o',
      '-name',
      'memcached',
      '-type',
      'f',
      '-path',
      '*/bin/*',
    ],
    root,
  )
    .trim()
    .split('\n');
  const find = (pattern) => {
    const path = files.find((name) => pattern.test(name));
    if (path === undefined) throw new Unavailable('its packages are laid out in another way than expected');
    return `"$here"/root${path.slice(root.length)}`;
  };
  const loader = find(/\/ld-linux/);
  const folders = [dirname(find(/\/libevent-2/)), dirname(loader)].join(':');
  const lines = [
    '#!/bin/sh',
    'here=$(dirname "$0")',
    `exec ${loader} --library-path ${folders} ${find(/\/memcached$/)} "$@"`,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`);
  chmodSync(file, 0o755);
  run(file, ['-V'], root);
}

function run(program, args, cwd) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 2 * minutes });
  if (error === undefined && status === 0) return stdout;
  const [line = ''] = (error?.message ?? stderr).trim().split('\n');
  throw new Unavailable(`${program} ${args.at(-1)}: ${line}`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const path = newestMemcached(process.argv[2]);
  if (path !== undefined) console.log(path);
}
