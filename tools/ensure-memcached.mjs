// Makes sure that memcached, the tool that writes its SASL users, the one that makes its certificates and, on Debian, the
// clients of other languages that are tried against the embedded server are installed: installs them where it may (apt as root or with password-less sudo, brew), and otherwise ends with the line to type.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { platform } from 'node:os';
import { pathToFileURL } from 'node:url';

const programs = [
  { name: process.env.MEMCACHED_BINARY ?? 'memcached', package: { apt: 'memcached', brew: 'memcached' } },
  { name: 'saslpasswd2', package: { apt: 'sasl2-bin libsasl2-modules', brew: 'cyrus-sasl' } },
  { name: 'openssl', package: { apt: 'openssl', brew: 'openssl' } },
];

/** Clients of other languages, each with a line that only works where it is installed. */
const debianClients = [
  { name: 'memccat', package: { apt: 'libmemcached-tools' } },
  ...['pylibmc', 'bmemcached', 'pymemcache'].map((module) => ({
    name: module,
    check: `/usr/bin/python3 -c "import ${module}"`,
    package: { apt: `python3-${module === 'bmemcached' ? 'binary-memcached' : module}` },
  })),
  { name: 'dalli', check: 'ruby -rdalli -e ""', package: { apt: 'ruby ruby-dalli' } },
  { name: 'php-memcached', check: 'php -r "new Memcached();"', package: { apt: 'php-cli php-memcached' } },
];
if (existsSync('/etc/debian_version')) programs.push(...debianClients);

function works(line) {
  return spawnSync('sh', ['-c', line], { stdio: 'ignore' }).status === 0;
}

function has(program) {
  return works(`command -v ${program}`);
}

function isThere({ name, check }) {
  return check === undefined ? has(name) : works(check);
}

function run(line) {
  console.log(`  $ ${line}`);
  return spawnSync('sh', ['-c', line], { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

/** The commands that install the packages here, or undefined where no known package manager may be used. */
function installLines(missing) {
  const names = (manager) => missing.map((program) => program.package[manager]).join(' ');
  if (platform() === 'darwin') return has('brew') ? [`brew install ${names('brew')}`] : undefined;
  if (!has('apt-get')) return undefined;
  const sudo = process.getuid?.() === 0 ? '' : 'sudo -n ';
  if (sudo !== '' && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return undefined;
  const quietly = `${sudo}env DEBIAN_FRONTEND=noninteractive apt-get -qq`;
  return [`${quietly} update`, `${quietly} install -y --no-install-recommends ${names('apt')} >/dev/null`];
}

/** @returns whether everything the tests need is there now */
export function ensureMemcached() {
  // Debian puts saslpasswd2 into /usr/sbin, which is not on every user's PATH.
  process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin:/opt/homebrew/opt/cyrus-sasl/sbin`;
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length === 0) return true;
  console.log(`Installing what the tests need: ${missing.map((program) => program.name).join(', ')}`);
  const lines = installLines(missing);
  if (lines?.every(run) && programs.every(isThere)) return true;
  console.error(`The tests need ${missing.map((program) => program.name).join(' and ')}. Install with one of:`);
  console.error(`  sudo apt-get install -y ${missing.map((program) => program.package.apt).join(' ')}`);
  if (missing.every((program) => program.package.brew !== undefined)) {
    console.error(`  brew install ${missing.map((program) => program.package.brew).join(' ')}`);
  }
  console.error('A memcached elsewhere than on the PATH: set MEMCACHED_BINARY to its path.');
  return false;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = ensureMemcached() ? 0 : 1;
