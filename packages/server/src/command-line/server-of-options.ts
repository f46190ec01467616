/** The command's options -> those of `createServer()`. */
import type { MemcachedVersion } from '@memkit/protocol/internal';
import type { DisabledFeature } from '../disabled-feature.js';
import type { ServerOptions } from '../server-options.js';
import type { ServerTlsOptions } from '../doors/tls-settings.js';
import { cannotStart } from './cannot-start.js';
import { readExtended, type ExtendedSettings } from './extended-settings.js';
import type { GivenOptions } from './given-options.js';
import { readBytes, readMode, readNumber } from './read-number.js';
import { readTextFile } from './read-text-file.js';
import { readUsers, type GivenUsers } from './read-users.js';

export interface PlannedServer {
  readonly options: ServerOptions;
  readonly users: GivenUsers | undefined;
  /** The command `shutdown` ends the server. */
  readonly hasShutdown: boolean;
  readonly leftAlone: readonly string[];
}

/** memcached's. */
const DEFAULT_PORT = 11_211;
const BYTES_PER_MEGABYTE = 1024 * 1024;
const DEFAULT_MEGABYTES = '64';
const FEATURES = ['evictions', 'cas', 'flush-all', 'dumping', 'watch'] as const satisfies readonly DisabledFeature[];

/** @throws `MEMCACHE_INVALID_OPTION` */
export function planServer(given: GivenOptions, environment: NodeJS.ProcessEnv): PlannedServer {
  const extended = readExtended(given.texts('extended'));
  const users = readUsers(given, environment);
  const maxConnections = given.text('max-connections');
  const version = given.text('memcached-version');
  const delimiter = given.text('delimiter');
  return {
    options: {
      ...placeOf(given),
      ...tlsOf(given, extended),
      ...sizesOf(given),
      ...(maxConnections === undefined ? {} : { maxConnections: readNumber(maxConnections, '--max-connections', 1) }),
      ...(extended.idleSeconds ? { idleTimeout: `${extended.idleSeconds}s` as const } : {}),
      // createServer() refuses a version it does not know, and says which it does.
      ...(version === undefined ? {} : { version: version as MemcachedVersion }),
      ...(delimiter === undefined ? {} : { prefixDelimiter: delimiter }),
      disabled: FEATURES.filter((name) => given.has(`disable-${name}`)),
      ...(users === undefined ? {} : { accounts: users.users, login: users.login }),
    },
    users,
    hasShutdown: given.has('enable-shutdown'),
    leftAlone: [...given.leftAlone, ...extended.leftAlone],
  };
}

function sizesOf(given: GivenOptions): Pick<ServerOptions, 'memory' | 'itemSizeMax'> {
  const memory = readNumber(given.text('memory') ?? DEFAULT_MEGABYTES, '--memory', 1) * BYTES_PER_MEGABYTE;
  const text = given.text('max-item-size');
  if (text === undefined) return { memory };
  const itemSizeMax = readBytes(text, '--max-item-size');
  // As memcached: one item could evict all others.
  if (itemSizeMax <= memory / 2) return { memory, itemSizeMax };
  throw cannotStart(
    `--max-item-size is ${text}, more than half of --memory, ${String(memory / BYTES_PER_MEGABYTE)} megabytes`,
    'Give less, or more memory.',
  );
}

function placeOf(given: GivenOptions): Pick<ServerOptions, 'port' | 'host' | 'unixSocket' | 'unixSocketMode'> {
  const unixSocket = given.text('unix-socket');
  const mode = given.text('unix-mask');
  if (unixSocket !== undefined) {
    // As memcached: with -s, -p and -l count for nothing.
    return { unixSocket, ...(mode === undefined ? {} : { unixSocketMode: readMode(mode, '--unix-mask') }) };
  }
  if (given.texts('listen').length > 1 || given.text('listen')?.includes(',') === true) {
    throw cannotStart('--listen names several addresses', 'Choose one; 0.0.0.0 is every address of IPv4.');
  }
  const { host, port } = splitAddress(given.text('listen') ?? '');
  const text = given.text('port') ?? port;
  return { ...(host === '' ? {} : { host }), port: text === undefined ? DEFAULT_PORT : readNumber(text, '--port') };
}

/** `host`, `host:port`, `[::1]:port`, `::1` */
function splitAddress(text: string): { readonly host: string; readonly port: string | undefined } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*))(?::([^:]*))?$/.exec(text) ?? [];
  return { host: bracketed ?? plain ?? text, port };
}

function tlsOf(given: GivenOptions, { tls }: ExtendedSettings): Pick<ServerOptions, 'tls'> {
  const [cert, key, ca] = [
    given.text('tls-cert') ?? tls.cert,
    given.text('tls-key') ?? tls.key,
    given.text('tls-ca') ?? tls.ca,
  ];
  const isAsked = given.has('tls') || given.has('tls-cert') || given.has('tls-key') || given.has('tls-ca');
  if (!isAsked) return {};
  if (cert === undefined) {
    if (key === undefined && ca === undefined) return { tls: true };
    throw cannotStart('a key or an authority for TLS is given without a certificate', 'Add --tls-cert file.');
  }
  // memcached: 2 and 3 refuse clients without a certificate; without the setting, none is asked for (memcached -h).
  const requestsCertificate = given.has('tls-ca') || ['2', '3'].includes(tls.verifyMode ?? '0');
  const options: ServerTlsOptions = {
    cert: readTextFile(cert, 'the certificate'),
    key: readTextFile(key ?? cert, 'the private key'),
    ...(ca === undefined ? {} : { ca: readTextFile(ca, 'the authorities') }),
    requestCert: requestsCertificate,
  };
  return { tls: options };
}
