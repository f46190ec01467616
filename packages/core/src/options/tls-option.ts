/** The option `tls`, with the names of node:tls; what a certificate holds is node:tls' business. */
import { assertKnownOptions } from '@memkit/protocol/internal';
import type { TlsOptions } from './memcache-options.js';
import { assertObject, invalid, typeOf } from './option-checks.js';

const NAMES: readonly (keyof TlsOptions)[] = ['ca', 'cert', 'key', 'passphrase', 'servername', 'rejectUnauthorized'];

/**
 * `undefined`: the URLs decide; `false`: never.
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function tlsOption(tls: unknown): TlsOptions | false | undefined {
  if (tls === undefined || tls === false) return tls;
  if (tls === true) return {};
  assertObject(tls, 'tls');
  assertKnownOptions(tls, NAMES, 'tls');
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = tls as Record<keyof TlsOptions, unknown>;
  for (const one of Array.isArray(ca) ? ca : [ca]) assertPem(one, 'ca');
  assertPem(cert, 'cert');
  assertPem(key, 'key');
  if ((cert === undefined) !== (key === undefined)) {
    throw invalid('tls', 'only one of cert and key is given', 'Give both for mutual TLS, or neither.');
  }
  assertText(passphrase, 'passphrase');
  assertText(servername, 'servername');
  if (rejectUnauthorized !== undefined && typeof rejectUnauthorized !== 'boolean') {
    throw invalid('tls.rejectUnauthorized', `got ${typeOf(rejectUnauthorized)}`, 'Give true or false.');
  }
  return tls;
}

function assertPem(value: unknown, name: string): void {
  const isText = typeof value === 'string' || Buffer.isBuffer(value);
  if (value !== undefined && !isText)
    throw invalid(`tls.${name}`, `got ${typeOf(value)}`, 'Give PEM text or a Buffer.');
  if (isText && !value.includes('-----BEGIN ')) {
    throw invalid(`tls.${name}`, 'there is no "-----BEGIN" in it', 'Give the content of the PEM file, not its path.');
  }
}

function assertText(value: unknown, name: string): void {
  if (value !== undefined && typeof value !== 'string') {
    throw invalid(`tls.${name}`, `got ${typeOf(value)}`, 'Give a string.');
  }
}
