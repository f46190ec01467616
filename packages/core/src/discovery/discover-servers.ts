/** Decides which servers a client uses, with which credentials, and remembers what was passed over and why. */
import { MemcacheError } from '@memkit/protocol';
import type { MemcacheOptions } from '../options/memcache-options.js';
import { assignCredentials } from './assign-credentials.js';
import { parseServerList, type ListedServer, type ServerList } from './connection-url.js';
import { isProduction, type Environment } from './environment.js';
import type { ServerSource } from './server-source.js';
import { sourceKinds } from './server-sources.js';
import { chooseService } from './service-bindings.js';
import { assertUrlOptions, type UrlOptions } from './url-options.js';

export interface Discovery {
  /** Empty: the embedded server. */
  readonly servers: readonly ListedServer[];
  /** Who gave the servers: `option "servers"`, the name of a variable or service, or why there are none. */
  readonly source: string;
  /** Options from the URL that no option of the same name overrules. */
  readonly options: UrlOptions;
  readonly ignored: readonly string[];
}

const OPTION = 'option "servers"';

/**
 * The options `servers` and `service` win over the variables, which are looked at in the order of their table.
 * @throws `MEMCACHE_INVALID_OPTION` for a list that cannot be read
 * @throws `MEMCACHE_NOT_CONFIGURED` in production without any server
 */
export function discoverServers(options: MemcacheOptions, environment: Environment): Discovery {
  const notes: string[] = [];
  const found = sourceKinds.map(({ find }) => find(environment, notes));
  const chosen = chooseSource(options, environment, notes) ?? found.flat()[0];
  if (chosen === undefined) return withoutServers(options, environment, notes);

  const { servers: listed, options: urlOptions, ignored: unused } = chosen.read();
  const ignored = [...unused, ...passedOver(chosen, found), ...notes];
  const kept = withoutOverruled(urlOptions, chosen.name, options, ignored);
  assertUrlOptions(kept, chosen.name);
  const servers = assignCredentials(listed, chosen, options.auth, environment, ignored);
  return { servers: withTls(servers, chosen.name, options.tls, ignored), source: chosen.name, options: kept, ignored };
}

function chooseSource(
  { servers, service }: MemcacheOptions,
  environment: Environment,
  notes: string[],
): ServerSource | undefined {
  if (servers !== undefined) {
    if (service !== undefined) notes.push(`option "service": ${OPTION} comes first`);
    return { name: OPTION, read: () => readOption(servers) };
  }
  if (service === undefined) return undefined;
  const chosen = chooseService(environment, service);
  if (chosen === undefined) notes.push('option "service": neither VCAP_SERVICES nor STACKATO_SERVICES is set');
  return chosen;
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

function withoutServers(options: MemcacheOptions, environment: Environment, notes: readonly string[]): Discovery {
  const places = listed([OPTION, ...sourceKinds.map(({ name }) => name)]);
  if (isProduction(environment)) {
    throw new MemcacheError('NOT_CONFIGURED', {
      action: 'Cannot create the client',
      detail: [`NODE_ENV is production and no server is configured; looked at ${places}`, ...notes].join('; '),
    });
  }
  const needless = options.auth === undefined ? [] : ['option "auth": the embedded server needs no credentials'];
  return { servers: [], source: `no servers in ${places}`, options: {}, ignored: [...notes, ...needless] };
}

/** Each source that was not chosen, with the reason; and how to choose it where only its name came second. */
function passedOver(chosen: ServerSource, found: readonly (readonly ServerSource[])[]): string[] {
  return found.flatMap((kind) => {
    const isKindOfChosen = kind.includes(chosen);
    return kind
      .filter(({ name }) => name !== chosen.name)
      .map(({ name, choice }) => {
        const reason = `${name}: ${chosen.name} comes first`;
        return isKindOfChosen && choice !== undefined ? `${reason}, by name; ${choice} chooses it` : reason;
      });
  });
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

function withTls(
  servers: readonly ListedServer[],
  source: string,
  option: MemcacheOptions['tls'],
  ignored: string[],
): readonly ListedServer[] {
  if (option === undefined) return servers;
  if (option === false && servers.some(({ tls }) => tls)) {
    ignored.push(`TLS in ${source}: option "tls" comes first`);
  }
  return servers.map((server) => ({ ...server, tls: option !== false }));
}

function listed(names: readonly string[]): string {
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;
}
