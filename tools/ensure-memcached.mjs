// Makes sure that memcached, the tool that writes its SASL users and the one that makes its certificates are installed:
// installs them where it may (apt as root or with password-less sudo, brew), and otherwise ends with the line to type.
import { spawnSync } from 'node:child_process';
import { platform } from 'node:os';
import { pathToFileURL } from 'node:url';

const programs = [
  { name: process.env.MEMCACHED_BINARY ?? 'memcached', package: { apt: 'memcached', brew: 'memcached' } },
  { name: 'saslpasswd2', package: { apt: 'sasl2-bin libsasl2-modules', brew: 'cyrus-sasl' } },
  { name: 'openssl', package: { apt: 'openssl', brew: 'openssl' } },
];

function has(program) {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0;
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
  const missing = programs.filter((program) => !has(program.name));
  if (missing.length === 0) return true;
  console.log(`Installing what the tests need: ${missing.map((program) => program.name).join(', ')}`);
  const lines = installLines(missing);
  if (lines?.every(run) && programs.every((program) => has(program.name))) return true;
  console.error(`The tests need ${missing.map((program) => program.name).join(' and ')}. Install with one of:`);
  console.error(`  sudo apt-get install -y ${missing.map((program) => program.package.apt).join(' ')}`);
  console.error(`  brew install ${missing.map((program) => program.package.brew).join(' ')}`);
  console.error('A memcached elsewhere than on the PATH: set MEMCACHED_BINARY to its path.');
  return false;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) process.exitCode = ensureMemcached() ? 0 : 1;
