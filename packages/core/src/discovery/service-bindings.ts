/**
 * Services that Cloud Foundry, Stackato and Helion bind to an application.
 *
 *   VCAP_SERVICES       { "<label>": [{ "name", "label", "tags", "credentials": {…} }] }
 *   STACKATO_SERVICES   { "<service name>": {…credentials…} }
 *
 * A service is one of memcache when its label, a tag, its name or the scheme of its URL says so. "caching" and
 * "key-value" do not: Redis services carry these tags as well. No message holds anything of a variable's text but names
 * of services; not even the parser's complaint about broken JSON, which quotes it.
 */
import { MemcacheError } from '@memkit/protocol';
import { lookUp, type Environment } from './environment.js';
import type { ServerSource } from './server-source.js';
import { readServiceCredentials } from './service-credentials.js';

export const SERVICE_VARIABLES = ['VCAP_SERVICES', 'STACKATO_SERVICES'] as const;
type ServiceVariable = (typeof SERVICE_VARIABLES)[number];

interface Service {
  readonly variable: ServiceVariable;
  readonly name: string;
  /** Everything a person may call it. */
  readonly names: readonly string[];
  /** Whatever may tell its kind: label, tags, names. */
  readonly labels: readonly string[];
  readonly credentials: unknown;
}

const MEMCACHE = /memcach/i;
const MEMCACHE_URL = /^memcache[a-z0-9+.-]*:\/\//i;
const MEMCACHIER = /memcachier/i;

/**
 * The services of memcache in one variable, by name. A text that cannot be read and mentions memcache is a source that
 * throws, so that it is an error when nothing comes before it and never passed over in silence.
 * @param notes gets what was found and is not used
 */
export function findServices(environment: Environment, variable: ServiceVariable, notes: string[]): ServerSource[] {
  const text = lookUp(environment, variable);
  if (text === undefined) return [];
  const services = parseServices(text, variable);
  if (services === undefined) {
    if (MEMCACHE.test(text)) return [{ name: variable, read: () => refuse(variable) }];
    notes.push(`${variable}: it cannot be read, and does not mention memcache`);
    return [];
  }
  const found = services.filter(isMemcache).sort(byName);
  if (found.length === 0 && MEMCACHE.test(text)) {
    notes.push(`${variable}: it mentions memcache, and no service has it in its label, tags, name or URL`);
  }
  return found.map(toSource);
}

/**
 * The service the application asked for, whatever its label says.
 * @returns `undefined` when no variable lists services
 * @throws `MEMCACHE_INVALID_OPTION` when none has this name
 */
export function chooseService(environment: Environment, name: string): ServerSource | undefined {
  const known: string[] = [];
  const variables = SERVICE_VARIABLES.filter((variable) => lookUp(environment, variable) !== undefined);
  for (const variable of variables) {
    const services = parseServices(lookUp(environment, variable) ?? '', variable) ?? refuse(variable);
    const chosen = services.find(({ names }) => names.includes(name));
    if (chosen !== undefined) return toSource(chosen);
    known.push(...services.map((service) => service.name));
  }
  if (variables.length === 0) return undefined;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot use option "service"',
    detail: `no service of ${variables.join(' and ')} is called ${JSON.stringify(name)}`,
    hint: known.length === 0 ? 'Bind the service.' : `Bound services: ${[...new Set(known)].sort().join(', ')}.`,
  });
}

function parseServices(text: string, variable: ServiceVariable): Service[] | undefined {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isRecord(content)) return undefined;
  const entries = Object.entries(content);
  if (variable === 'VCAP_SERVICES') return entries.flatMap(([label, bound]) => parseBound(label, bound));
  return entries.map(([name, credentials]) => ({ variable, name, names: [name], labels: [name], credentials }));
}

function parseBound(label: string, bound: unknown): Service[] {
  const instances: unknown[] = Array.isArray(bound) ? bound : [bound];
  return instances.map((instance) => {
    const facts = isRecord(instance) ? instance : {};
    const names = texts([facts['name'], facts['instance_name'], facts['binding_name']]);
    const tags: unknown[] = Array.isArray(facts['tags']) ? facts['tags'] : [];
    return {
      variable: 'VCAP_SERVICES',
      name: names[0] ?? label,
      names: names.length === 0 ? [label] : names,
      labels: texts([label, facts['label'], ...tags, ...names]),
      credentials: facts['credentials'],
    };
  });
}

function isMemcache({ labels, credentials }: Service): boolean {
  if (labels.some((label) => MEMCACHE.test(label))) return true;
  const urls = isRecord(credentials) ? texts([credentials['uri'], credentials['url']]) : [];
  return urls.some((url) => MEMCACHE_URL.test(url));
}

function toSource({ variable, name, labels, credentials }: Service): ServerSource {
  const where = `service ${JSON.stringify(name)} of ${variable}`;
  const isMemcachier = labels.some((label) => MEMCACHIER.test(label));
  return {
    name: where,
    choice: `{ service: ${JSON.stringify(name)} }`,
    read: () => readServiceCredentials(credentials, where, isMemcachier),
  };
}

function refuse(variable: ServiceVariable): never {
  throw new MemcacheError('INVALID_OPTION', {
    action: `Cannot use ${variable}`,
    detail: 'it is not a JSON object of services',
    hint: 'Bind the service again, or pass the option servers.',
  });
}

function byName(one: Service, other: Service): number {
  return one.name < other.name ? -1 : Number(one.name > other.name);
}

function texts(values: readonly unknown[]): string[] {
  return values.filter((value): value is string => typeof value === 'string' && value !== '');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
