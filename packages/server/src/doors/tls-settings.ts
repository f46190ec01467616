/** The option `tls` of the server, with the names of node:tls. Whether key and certificate fit is seen here, not at listen(). */
import { createSecureContext, type TlsOptions } from 'node:tls';
import { MemcacheError } from '@memkit/protocol';
import { assertKnownOptions } from '@memkit/protocol/internal';
import type { ListeningPlace } from './listening-place.js';
import { createSelfSignedCertificate } from './self-signed-certificate.js';

/** TLS of the port, with the names of `node:tls`. All texts are PEM, not paths. */
export interface ServerTlsOptions {
  readonly key: string | Buffer;
  /** The certificate, and behind it those up to its authority. */
  readonly cert: string | Buffer;
  /** Opens the key. Default: the key is not encrypted. */
  readonly passphrase?: string;
  /** Authorities that sign clients' certificates; needed with `requestCert`. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Mutual TLS: only clients with a certificate that `ca` signed get in, as with memcached's ssl_verify_mode=2. Default `false`. */
  readonly requestCert?: boolean;
}

export interface TlsSettings {
  readonly options: TlsOptions;
  /** What clients have to trust, when the server made its certificate by itself. */
  readonly selfSigned: string | undefined;
}

const NAMES = ['key', 'cert', 'passphrase', 'ca', 'requestCert'] as const satisfies readonly (keyof ServerTlsOptions)[];

/**
 * @param place what the server listens on, for the certificate it makes by itself
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function resolveTls(
  tls: boolean | ServerTlsOptions | undefined,
  place: ListeningPlace,
): TlsSettings | undefined {
  if (tls === undefined || tls === false) return undefined;
  if (place.kind === 'unix') {
    throw invalid(
      'tls is given together with unixSocket',
      'Give one or the other: unixSocketMode guards a unix socket.',
    );
  }
  if (tls === true) {
    const { key, cert } = createSelfSignedCertificate([place.host]);
    return { options: { key, cert }, selfSigned: cert };
  }
  assertKnownOptions(tls, NAMES, 'createServer({ tls })');
  const authorities = tls.ca === undefined ? [] : [tls.ca].flat();
  assertPem(tls.key, 'key');
  assertPem(tls.cert, 'cert');
  for (const authority of authorities) assertPem(authority, 'ca');
  if (tls.requestCert === true && authorities.length === 0) {
    throw invalid(
      'tls.requestCert is true and tls.ca is missing, so no client could get in',
      'Give the authority that signed the clients.',
    );
  }
  const options: TlsOptions = {
    key: tls.key,
    cert: tls.cert,
    ...(tls.passphrase === undefined ? {} : { passphrase: tls.passphrase }),
    ...(authorities.length === 0 ? {} : { ca: authorities }),
    requestCert: tls.requestCert ?? false,
    rejectUnauthorized: tls.requestCert ?? false,
  };
  assertUsable(options);
  return { options, selfSigned: undefined };
}

function assertPem(value: unknown, name: string): void {
  const isText = typeof value === 'string' || Buffer.isBuffer(value);
  if (!isText) {
    throw invalid(
      `tls.${name} is ${value === undefined ? 'missing' : `a value of type ${typeof value}`}`,
      'Give PEM text.',
    );
  }
  if (value.includes('-----BEGIN ')) return;
  throw invalid(`there is no "-----BEGIN" in tls.${name}`, 'Give the content of the PEM file, not its path.');
}

/** OpenSSL's own words say what is wrong, and never what is in the key. */
function assertUsable(options: TlsOptions): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    const { message } = cause as Error;
    const isMismatch = message.includes('key values mismatch');
    const detail = isMismatch
      ? 'tls.key does not belong to tls.cert'
      : `key, cert, ca and passphrase of tls cannot be used (${message})`;
    throw new MemcacheError('INVALID_OPTION', {
      action: 'Cannot create the server',
      detail,
      hint: 'Give a private key with its certificate, and the passphrase if the key is encrypted.',
      cause,
    });
  }
}

function invalid(detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: 'Cannot create the server', detail, hint });
}
