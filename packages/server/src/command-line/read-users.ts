/** Who may log in: from the command line, or from a file, so that no password has to stand in a process list. */
import type { LoginKind, ServerCredentials } from '../accounts/credentials.js';
import { cannotStart } from './cannot-start.js';
import type { GivenOptions } from './given-options.js';
import { readTextFile } from './read-text-file.js';

type LoginOption = 'sasl' | 'ascii-auth' | 'memcachier';

export interface GivenUsers {
  readonly login: LoginKind;
  readonly users: readonly ServerCredentials[];
  /** Where the first user's password is, unless it stands on the command line. */
  readonly file: string | undefined;
}

/** memcached -S reads this variable where it was built with --enable-sasl-pwdb; the file has lines `user:password`. */
const PASSWORD_FILE = 'MEMCACHED_SASL_PWDB';
const LOGIN_KINDS: Readonly<Record<LoginOption, LoginKind>> = {
  sasl: 'sasl',
  'ascii-auth': 'ascii',
  memcachier: 'memcachier',
};
const LOGINS: readonly LoginOption[] = ['sasl', 'ascii-auth', 'memcachier'];

/** @throws `MEMCACHE_INVALID_OPTION` */
export function readUsers(given: GivenOptions, environment: NodeJS.ProcessEnv): GivenUsers | undefined {
  const texts: Record<LoginOption, readonly string[]> = {
    sasl: given.texts('sasl'),
    'ascii-auth': [...given.texts('ascii-auth'), ...given.texts('auth-file').map((file) => `@${file}`)],
    memcachier: given.texts('memcachier'),
  };
  if (given.has('enable-sasl') && texts.sasl.length === 0) texts.sasl = [`@${passwordFile(environment)}`];
  const chosen = LOGINS.filter((login) => texts[login].length > 0);
  const [login] = chosen;
  if (login === undefined) return undefined;
  if (chosen.length > 1) {
    throw cannotStart(
      `--${chosen.join(' and --')} are given together`,
      'One server has one kind of login: choose one.',
    );
  }
  const files = texts[login].map((text) => (text.startsWith('@') ? text.slice(1) : undefined));
  const users = texts[login].flatMap((text, index) => {
    const file = files[index];
    return file === undefined ? [userOf(text, `a --${login}`)] : usersOfFile(file);
  });
  return { login: LOGIN_KINDS[login], users, file: files[0] };
}

function passwordFile(environment: NodeJS.ProcessEnv): string {
  const file = environment[PASSWORD_FILE];
  if (file !== undefined && file !== '') return file;
  throw cannotStart(
    '-S is given and no user',
    `Add --sasl user:password or --sasl @file, or set ${PASSWORD_FILE}=file.`,
  );
}

function usersOfFile(file: string): readonly ServerCredentials[] {
  const lines = readTextFile(file, 'users').split(/\r?\n/);
  const users = lines.flatMap((line, index) =>
    line === '' ? [] : [userOf(line, `line ${String(index + 1)} of ${file}`)],
  );
  if (users.length > 0) return users;
  throw cannotStart(`${file} holds no users`, 'Write one a line: user:password.');
}

/** The text may hold a password, so messages say only where it stands. */
function userOf(text: string, where: string): ServerCredentials {
  const colon = text.indexOf(':');
  if (colon > 0) return { username: text.slice(0, colon), password: text.slice(colon + 1) };
  throw cannotStart(
    `${where} is not user:password`,
    'Write the name, a colon and the password, or @ and a file of such lines.',
  );
}
