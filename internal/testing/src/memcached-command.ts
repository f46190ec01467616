/** The options of a test server as memcached's command line, with the files it needs in a directory of its own. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { join } from 'node:path';
import { LOOPBACK } from './free-port.js';
import { runTool } from './run-tool.js';
import { testCertificates } from './test-certificates.js';

export interface MemcachedCommandOptions {
  /** Starts with -S: binary protocol only, SASL PLAIN with this one user. */
  readonly sasl?: { readonly username: string; readonly password: string };
  /** Starts with -Y: text and meta only, after a login as this one user. */
  readonly authFile?: { readonly username: string; readonly password: string };
  /** Starts with -Z and a certificate of `testCertificates()`; goes together with `sasl` and `authFile`. */
  readonly tls?: {
    /** `'server'` is for localhost and 127.0.0.1, `'wrongName'` for neither. Default `'server'`. */
    readonly certificate?: 'server' | 'wrongName';
    /** Refuses clients without a certificate of the test authority. Default: any client may connect. */
    readonly clientCertificate?: 'required';
  };
  /** Further command line arguments, such as `['-I', '2m']`. */
  readonly args?: readonly string[];
}

export interface MemcachedCommand {
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
}

interface Part {
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
}

type Credentials = NonNullable<MemcachedCommandOptions['sasl']>;

const NOTHING: Part = { args: [] };

/**
 * Writes the files into `directory`, which is made if need be.
 * @param place the TCP port or the path of the unix socket
 */
export function memcachedCommand(
  options: MemcachedCommandOptions,
  place: number | string,
  directory: string,
): MemcachedCommand {
  mkdirSync(directory, { recursive: true });
  const parts = [
    // memcached refuses to run as root unless told so.
    userInfo().uid === 0 ? { args: ['-u', 'root'] } : NOTHING,
    typeof place === 'number' ? { args: ['-l', LOOPBACK, '-p', String(place), '-U', '0'] } : { args: ['-s', place] },
    { args: ['-m', '64'] },
    options.sasl === undefined ? NOTHING : saslPart(options.sasl, directory),
    options.authFile === undefined ? NOTHING : authFilePart(options.authFile, directory),
    options.tls === undefined ? NOTHING : tlsPart(options.tls, directory),
    { args: options.args ?? [] },
  ];
  return {
    args: parts.flatMap(({ args }) => args),
    environment: Object.assign({}, ...parts.map((part: Part) => part.environment)) as NodeJS.ProcessEnv,
  };
}

function saslPart({ username, password }: Credentials, directory: string): Part {
  const database = join(directory, 'sasldb2');
  writeFileSync(
    join(directory, 'memcached.conf'),
    `mech_list: plain\npwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${database}\n`,
  );
  // memcached asks for the realm of gethostname(), so the user is stored under it.
  runTool('saslpasswd2', ['-p', '-a', 'memcached', '-c', '-f', database, '-u', hostname(), username], {
    input: password,
  });
  chmodSync(database, 0o644);
  return { args: ['-S'], environment: { SASL_CONF_PATH: directory } };
}

function authFilePart({ username, password }: Credentials, directory: string): Part {
  const file = join(directory, 'users');
  writeFileSync(file, `${username}:${password}\n`);
  return { args: ['-Y', file] };
}

function tlsPart(tls: NonNullable<MemcachedCommandOptions['tls']>, directory: string): Part {
  const certificates = testCertificates();
  const { cert, key } = certificates[tls.certificate ?? 'server'];
  const write = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };
  const settings = [`ssl_chain_cert=${write('server.pem', cert)}`, `ssl_key=${write('server.key', key)}`];
  // 2: the handshake fails without a certificate that the authority signed (memcached -h, ssl_verify_mode).
  if (tls.clientCertificate === 'required') {
    settings.push('ssl_verify_mode=2', `ssl_ca_cert=${write('ca.pem', certificates.ca)}`);
  }
  return { args: ['-Z', '-o', settings.join(',')] };
}
