/** Decides which credentials each server gets. A password never goes to servers it does not belong to. */
import { isMemcacheError, MemcacheError } from '@memkit/protocol';
import type { AuthOptions, CredentialsFunction } from '../options/memcache-options.js';
import { unsendable } from '../options/auth-option.js';
import { showServer } from '../options/server-address.js';
import { lookUp, readCredentials, type CredentialVariables, type Environment } from './environment.js';
import type { ListedServer } from './connection-url.js';
import type { ServerSource } from './server-source.js';
import { credentialVariables, readVariable } from './server-sources.js';

/**
 * Option "auth" > the server's URL or service > the variables beside the chosen one > variables of another kind. The
 * last ones apply only where they cannot leak to a stranger: when they stand without servers of their own, or when their
 * own servers include every chosen one.
 * @param ignored gets the credentials that are not used
 * @throws `MEMCACHE_INVALID_OPTION` for a username without a password, the reverse, and what SASL cannot send
 */
export function assignCredentials(
  servers: readonly ListedServer[],
  source: ServerSource,
  option: AuthOptions | CredentialsFunction | undefined,
  environment: Environment,
  ignored: string[],
): readonly ListedServer[] {
  if (option !== undefined && servers.some(({ auth }) => auth !== undefined)) {
    ignored.push(`the credentials in ${source.name}: option "auth" comes first`);
  }
  const isServed = option !== undefined || servers.every(({ auth }) => auth !== undefined);
  const own = source.credentials;
  const others = credentialVariables(environment).filter(({ servers }) => servers !== own?.servers);
  let found: AuthOptions | undefined;
  for (const names of own === undefined ? others : [own, ...others]) {
    const isGiven = [names.username, names.password].some((name) => lookUp(environment, name) !== undefined);
    if (!isGiven) continue;
    if (isServed || found !== undefined) {
      ignored.push(`${names.username} and ${names.password}: other credentials come first`);
    } else if (names === own || belongTo(names, servers, environment)) {
      found = readCredentials(environment, names);
    } else {
      ignored.push(`${names.username} and ${names.password}: they belong to the servers of ${names.servers}`);
    }
  }
  return servers.map((server) => {
    const auth = option ?? server.auth ?? found;
    if (typeof auth === 'object') assertSendable(auth, source.name);
    return { ...server, auth };
  });
}

/** The option is checked with all the others; JSON and percent-encoding can hold what no variable can. */
function assertSendable({ username, password }: AuthOptions, source: string): void {
  const problem = unsendable(username) ?? unsendable(password);
  if (problem === undefined) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: `Cannot use the credentials for ${source}`,
    detail: `username or password holds ${problem.what}`,
    hint: problem.hint,
  });
}

function belongTo(names: CredentialVariables, servers: readonly ListedServer[], environment: Environment): boolean {
  const text = lookUp(environment, names.servers);
  if (text === undefined) return true;
  try {
    const own = new Set(readVariable(text, names.servers).servers.map(showServer));
    return servers.every((server) => own.has(showServer(server)));
  } catch (error) {
    // Nobody asked for these servers, and nobody can tell whose credentials these are.
    if (isMemcacheError(error)) return false;
    throw error;
  }
}
