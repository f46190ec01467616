/** Decides which servers a client uses, with which credentials, and remembers what was passed over and why. */
import { MemcacheError } from '@memkit/protocol';
import type { AuthOptions, MemcacheOptions } from '../options/memcache-options.js';
import { showServer } from '../options/server-address.js';
import { parseServerList, type ListedServer, type ServerList, type UrlOptions } from './connection-url.js';
import {
  environmentVariables,
  isProduction,
  lookUp,
  readCredentials,
  type Environment,
  type EnvironmentVariable,
} from './environment.js';

export interface Discovery {
  /** Empty: the embedded server. */
  readonly servers: readonly ListedServer[];
  /** Who gave the servers: `option "servers"`, the name of a variable, or why there are none. */
  readonly source: string;
  /** Options from the URL that no option of the same name overrules. */
  readonly options: UrlOptions;
  readonly ignored: readonly string[];
}

const OPTION = 'option "servers"';

/**
 * The `servers` option wins over the variables, which are looked at in the order of their table.
 * @throws `MEMCACHE_INVALID_OPTION` for a list that cannot be read
 * @throws `MEMCACHE_NOT_CONFIGURED` in production without any server
 */
export function discoverServers(options: MemcacheOptions, environment: Environment): Discovery {
  const chosen = environmentVariables.find(({ name }) => lookUp(environment, name) !== undefined);
  if (options.servers !== undefined) {
    return complete(readOption(options.servers), OPTION, undefined, options, environment);
  }
  if (chosen !== undefined) {
    const list = chosen.read(lookUp(environment, chosen.name) ?? '', chosen.name);
    return complete(list, chosen.name, chosen, options, environment);
  }
  const variables = environmentVariables.map(({ name }) => name);
  if (isProduction(environment)) {
    throw new MemcacheError('NOT_CONFIGURED', {
      action: 'Cannot create the client',
      detail: `NODE_ENV is production and no server is configured; looked at option "servers", ${listed(variables)}`,
    });
  }
  return {
    servers: [],
    source: `no servers in option "servers", ${listed(variables)}`,
    options: {},
    ignored: options.auth === undefined ? [] : ['option "auth": the embedded server needs no credentials'],
  };
}

function readOption(servers: unknown): ServerList {
  const texts = typeof servers === 'string' ? [servers] : servers;
  if (Array.isArray(texts) && texts.every((text): text is string => typeof text === 'string')) {
    return parseServerList(texts, OPTION);
  }
  throw new MemcacheError('INVALID_OPTION', {
    action: `Cannot use ${OPTION}`,
    detail: Array.isArray(servers) ? 'the list holds something else than strings' : `got ${typeof servers}`,
    hint: "Give 'host:11211', several separated by commas, or a list of strings.",
  });
}

function complete(
  list: ServerList,
  source: string,
  chosen: EnvironmentVariable | undefined,
  options: MemcacheOptions,
  environment: Environment,
): Discovery {
  const ignored = [...list.ignored];
  for (const { name } of environmentVariables) {
    if (name !== chosen?.name && lookUp(environment, name) !== undefined)
      ignored.push(`${name}: ${source} comes first`);
  }
  const servers = withCredentials(list.servers, source, chosen, options.auth, environment, ignored);
  return { servers, source, options: withoutOverruled(list.options, source, options, ignored), ignored };
}

function withoutOverruled(
  urlOptions: UrlOptions,
  source: string,
  options: MemcacheOptions,
  ignored: string[],
): UrlOptions {
  const given = new Map<string, unknown>(Object.entries(options));
  const kept = Object.entries(urlOptions).filter(([name]) => {
    if (given.get(name) === undefined) return true;
    ignored.push(`${name} in ${source}: option "${name}" comes first`);
    return false;
  });
  return Object.fromEntries(kept);
}

/**
 * Option "auth" > the server's URL > the variables beside the chosen one > variables of another kind. The last ones
 * apply only where they cannot leak to a stranger: when they stand without servers of their own, or when their own
 * servers include every chosen one.
 */
function withCredentials(
  servers: readonly ListedServer[],
  source: string,
  chosen: EnvironmentVariable | undefined,
  option: AuthOptions | undefined,
  environment: Environment,
  ignored: string[],
): readonly ListedServer[] {
  let found = option;
  if (option !== undefined && servers.some(({ auth }) => auth !== undefined)) {
    ignored.push(`the credentials in ${source}: option "auth" comes first`);
  }
  const candidates = chosen === undefined ? environmentVariables : [chosen, ...environmentVariables];
  for (const variable of new Set(candidates)) {
    const names = variable.credentials;
    if (names === undefined || lookUp(environment, names.username) === undefined) {
      if (variable === chosen && found === undefined) found = readCredentials(environment, variable);
      continue;
    }
    if (found !== undefined || servers.every(({ auth }) => auth !== undefined)) {
      ignored.push(`${names.username} and ${names.password}: other credentials come first`);
    } else if (variable === chosen || belongTo(variable, servers, environment)) {
      found = readCredentials(environment, variable);
    } else {
      ignored.push(`${names.username} and ${names.password}: they belong to the servers of ${variable.name}`);
    }
  }
  return servers.map((server) => ({ ...server, auth: option ?? server.auth ?? found }));
}

function belongTo(variable: EnvironmentVariable, servers: readonly ListedServer[], environment: Environment): boolean {
  const text = lookUp(environment, variable.name);
  if (text === undefined) return true;
  const own = new Set(variable.read(text, variable.name).servers.map(showServer));
  return servers.every((server) => own.has(showServer(server)));
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
