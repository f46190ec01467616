/** Options behind the question mark of a URL: `?pool=5&timeout=750ms`. */
import { isMemcacheError, MemcacheError } from '@memkit/protocol';
import { assertKnownOptions } from '@memkit/protocol/internal';
import type { MemcacheOptions } from '../options/memcache-options.js';
import { resolveOptions } from '../options/resolve-options.js';

/** Options a URL may carry, already of the right type. TLS is not among them: it belongs to the servers of one URL. */
export type UrlOptions = Pick<
  MemcacheOptions,
  | 'protocol'
  | 'timeout'
  | 'ttl'
  | 'keyPrefix'
  | 'itemSizeMax'
  | 'onTooLarge'
  | 'compression'
  | 'profile'
  | 'pool'
  | 'maxQueuedRequests'
  | 'maxQueuedBytes'
  | 'ring'
  | 'failover'
  | 'replicas'
  | 'requireAuth'
>;

// An object, so that the compiler misses an option that is forgotten here.
const kinds: Readonly<Record<keyof UrlOptions, 'text' | 'number' | 'flag'>> = {
  protocol: 'text',
  timeout: 'text',
  ttl: 'text',
  keyPrefix: 'text',
  itemSizeMax: 'number',
  onTooLarge: 'text',
  compression: 'flag',
  profile: 'text',
  pool: 'number',
  maxQueuedRequests: 'number',
  maxQueuedBytes: 'number',
  ring: 'text',
  failover: 'text',
  replicas: 'number',
  requireAuth: 'flag',
};
/** Every name that may stand behind the question mark. */
export const urlOptionNames: readonly string[] = [...Object.keys(kinds), 'tls'];

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  // A name without a value, as in `?tls`.
  ['', true],
  ...['true', '1', 'yes', 'on'].map((word) => [word, true] as const),
  ...['false', '0', 'no', 'off'].map((word) => [word, false] as const),
]);

/** What one URL asks for. */
export interface UrlQuery {
  readonly options: UrlOptions;
  /** `undefined`: the scheme decides. */
  readonly tls: boolean | undefined;
}

/**
 * Turns texts into options. Their ranges are checked by `assertUrlOptions`, because an option that another one overrules
 * does no harm.
 * @param where who gave the URL, for messages
 * @throws `MEMCACHE_INVALID_OPTION` for an unknown name, or a value of the wrong type
 */
export function readUrlQuery(query: Readonly<Record<string, string>>, where: string): UrlQuery {
  assertKnownOptions(query, urlOptionNames, where);
  const { tls, ...rest } = query;
  const options = Object.entries(rest).map(([name, text]) => [name, readOption(name, text, where)]);
  return {
    // Names were checked against the table of types.
    options: Object.fromEntries(options) as UrlOptions,
    tls: tls === undefined ? undefined : readFlag(tls, 'tls', where),
  };
}

/**
 * Refuses values that `createMemcache()` would refuse, and tells which text they stand in.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`
 */
export function assertUrlOptions(options: UrlOptions, where: string): void {
  try {
    resolveOptions(options);
  } catch (error) {
    if (!isMemcacheError(error)) throw error;
    const reason = error.message.slice(0, error.message.length - error.hint.length).replace(/[.\s]+$/, '');
    throw new MemcacheError(error.code === 'MEMCACHE_INVALID_TTL' ? 'INVALID_TTL' : 'INVALID_OPTION', {
      action: `Cannot use ${where}`,
      detail: reason.replace(/^Cannot use (the )?/, ''),
      hint: error.hint,
    });
  }
}

function readOption(name: string, text: string, where: string): string | number | boolean {
  switch (kinds[name as keyof UrlOptions]) {
    case 'number':
      return readNumber(text, name, where);
    case 'flag':
      return readFlag(text, name, where);
    case 'text':
      return text;
  }
}

function readNumber(text: string, name: string, where: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw invalid(name, where, 'it is not a whole number', `Write ?${name}= and digits.`);
}

function readFlag(text: string, name: string, where: string): boolean {
  const value = FLAGS.get(text.toLowerCase());
  if (value !== undefined) return value;
  throw invalid(name, where, 'it is neither true nor false', `Write ?${name}=true or ?${name}=false.`);
}

function invalid(name: string, where: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use the option "${name}" of ${where}`, detail, hint });
}
