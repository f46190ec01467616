// Makes sure that memcached, the tool that writes its SASL users, the one that makes its certificates and the clients of
// other languages that are tried against the embedded server are installed: installs them where it may (apt as root or with
// password-less sudo, brew), and otherwise ends with the line to type. With --look it installs nothing.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { platform } from 'node:os';
import { pathToFileURL } from 'node:url';

const programs = [
  { name: process.env.MEMCACHED_BINARY ?? 'memcached', package: { apt: 'memcached', brew: 'memcached' } },
  { name: 'saslpasswd2', package: { apt: 'sasl2-bin libsasl2-modules', brew: 'cyrus-sasl' } },
  { name: 'openssl', package: { apt: 'openssl', brew: 'openssl' } },
];

// Debian's own Python: the clients are packages of the distribution.
const python = existsSync('/etc/debian_version') ? '/usr/bin/python3' : 'python3';
/** Clients of other languages, each with a line that only works where it is installed. */
const otherLanguages = [
  { name: 'memccat', package: { apt: 'libmemcached-tools', brew: 'libmemcached' } },
  ...['pylibmc', 'bmemcached', 'pymemcache'].map((module) => ({
    name: module,
    check: `${python} -c "import ${module}"`,
    package: { apt: `python3-${module === 'bmemcached' ? 'binary-memcached' : module}` },
  })),
  { name: 'dalli', check: 'ruby -rdalli -e ""', package: { apt: 'ruby ruby-dalli' } },
  { name: 'php-memcached', check: 'php -r "new Memcached();"', package: { apt: 'php-cli php-memcached' } },
];
// The same variable leaves their tests out: internal/cross-tests/jest.config.mjs.
if (process.env.MEMKIT_OTHER_LANGUAGES === 'off') {
  console.log('MEMKIT_OTHER_LANGUAGES=off: clients of other languages are not tried against the embedded server.');
} else {
  programs.push(...otherLanguages);
}

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
  const names = (manager) =>
    missing
      .map((program) => program.package[manager])
      .filter(Boolean)
      .join(' ');
  if (platform() === 'darwin')
    return has('brew') && names('brew') !== '' ? [`brew install ${names('brew')}`] : undefined;
  if (!has('apt-get')) return undefined;
  const sudo = process.getuid?.() === 0 ? '' : 'sudo -n ';
  if (sudo !== '' && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status !== 0) return undefined;
  const quietly = `${sudo}env DEBIAN_FRONTEND=noninteractive apt-get -qq`;
  return [`${quietly} update`, `${quietly} install -y --no-install-recommends ${names('apt')} >/dev/null`];
}

/** What to type, for what could not be installed. */
function explain(missing) {
  const [other, needed] = [true, false].map((isOther) =>
    missing.filter((each) => otherLanguages.includes(each) === isOther),
  );
  console.error(`The tests need ${missing.map((program) => program.name).join(' and ')}. Install with one of:`);
  console.error(`  sudo apt-get install -y ${missing.map((program) => program.package.apt).join(' ')}`);
  const brewed = missing.flatMap((program) => program.package.brew ?? []);
  if (brewed.length > 0) console.error(`  brew install ${brewed.join(' ')}`);
  if (needed.length > 0) console.error('A memcached elsewhere than on the PATH: set MEMCACHED_BINARY to its path.');
  if (other.length > 0) {
    console.error(
      `Where ${other.map((program) => program.name).join(' and ')} cannot be installed, leave these clients of other`,
    );
    console.error('languages out on purpose: set MEMKIT_OTHER_LANGUAGES=off.');
  }
}

/** @returns whether everything the tests need is there now */
export function ensureMemcached({ mayInstall = true } = {}) {
  // Debian puts saslpasswd2 into /usr/sbin, which is not on every user's PATH.
  process.env.PATH = `${process.env.PATH ?? ''}:/usr/sbin:/usr/local/sbin:/opt/homebrew/opt/cyrus-sasl/sbin`;
  const missing = programs.filter((program) => !isThere(program));
  if (missing.length === 0) return true;
  if (mayInstall) {
    console.log(`Installing what the tests need: ${missing.map((program) => program.name).join(', ')}`);
    installLines(missing)?.every(run);
  }
  const stillMissing = missing.filter((program) => !isThere(program));
  if (stillMissing.length > 0) explain(stillMissing);
  return stillMissing.length === 0;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  process.exitCode = ensureMemcached({ mayInstall: !process.argv.includes('--look') }) ? 0 : 1;
}
