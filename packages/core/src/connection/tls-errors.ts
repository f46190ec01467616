/** What went wrong with TLS, in plain words. Node and OpenSSL name it by codes; others are left to their own message. */
import type { ConnectionFailure } from './connection-errors.js';

interface Explanation {
  readonly codes: RegExp;
  readonly detail: string;
  readonly hint?: string;
}

const explanations: readonly Explanation[] = [
  {
    codes: /^CERT_HAS_EXPIRED$/,
    detail: "the server's certificate has expired",
    hint: 'Renew the certificate of the server.',
  },
  {
    codes: /^CERT_NOT_YET_VALID$/,
    detail: "the server's certificate is not valid yet",
    hint: 'Compare the clocks of this machine and of the one that made the certificate.',
  },
  {
    codes:
      /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|UNABLE_TO_VERIFY_LEAF_SIGNATURE|CERT_UNTRUSTED|CERT_SIGNATURE_FAILURE)$/,
    detail: "the authority that signed the server's certificate is not known here",
    hint: 'Give the certificate of that authority in the option tls.ca, or its file in the variable NODE_EXTRA_CA_CERTS.',
  },
  {
    codes: /ALERT_(CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE)/,
    detail: 'the server wants a certificate of this client',
    hint: 'Give the options tls.cert and tls.key for mutual TLS.',
  },
  {
    codes:
      /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED|REVOKED)|UNSUPPORTED_CERTIFICATE|ACCESS_DENIED)/,
    detail: "the server does not accept this client's certificate",
    hint: 'Give tls.cert and tls.key that were signed by an authority the server trusts, and that have not expired.',
  },
  {
    codes: /WRONG_VERSION_NUMBER|wrong version number|PACKET_LENGTH_TOO_LONG|packet length too long|http request/,
    detail: 'the server does not answer in TLS',
    hint: 'Connect without TLS, or give the port on which the server speaks TLS.',
  },
  {
    codes: /UNSUPPORTED_PROTOCOL|unsupported protocol|PROTOCOL_VERSION|no protocols available/i,
    detail: 'server and client have no version of TLS in common',
    hint: 'Let the server offer TLS 1.2 or 1.3.',
  },
  {
    codes:
      /PEM|BAD_DECRYPT|bad decrypt|INTERRUPTED_OR_CANCELLED|KEY_VALUES_MISMATCH|key values mismatch|no start line/i,
    detail: 'the certificate or the key of this client cannot be read',
    hint: 'Check tls.ca, tls.cert, tls.key and tls.passphrase: the content of PEM files, and a key that belongs to the certificate.',
  },
];

/** `undefined`: the error is not one of TLS. */
export function tlsFailure(error: unknown): ConnectionFailure | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code = '', message = '' } = error as { readonly code?: unknown; readonly message?: unknown };
  if (typeof code !== 'string' || typeof message !== 'string') return undefined;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') return wrongName(error);
  const isTls = /^(ERR_SSL|ERR_TLS|ERR_OSSL|EPROTO|CERT_|UNABLE_|DEPTH_|SELF_|HOSTNAME_|INVALID_CA|CRL_)/.test(code);
  if (!isTls) return undefined;
  // The message of EPROTO carries OpenSSL's reason, and addresses of memory, so it is not shown.
  const found = explanations.find(({ codes }) => codes.test(code) || codes.test(message));
  if (found === undefined) return { name: 'TLS_FAILED', detail: `the TLS handshake failed (${code})`, cause: error };
  return { name: 'TLS_FAILED', detail: found.detail, hint: found.hint, cause: error };
}

function wrongName(error: object): ConnectionFailure {
  const { host, cert } = error as { readonly host?: unknown; readonly cert?: { readonly subjectaltname?: unknown } };
  const names = typeof cert?.subjectaltname === 'string' ? namesOf(cert.subjectaltname) : '';
  const wanted = typeof host === 'string' && host !== '' ? `"${host}"` : 'this server';
  return {
    name: 'TLS_FAILED',
    detail: `the server's certificate is not for ${wanted} but for ${names === '' ? 'no name at all' : names}`,
    hint: 'Connect by a name of the certificate, or name it in the option tls.servername.',
    cause: error,
  };
}

const MOST_NAMES = 10;

/** `DNS:a.example, IP Address:1.2.3.4` -> `a.example, 1.2.3.4` */
function namesOf(subjectAltName: string): string {
  const names = subjectAltName.split(', ').map((name) => name.replace(/^[^:]*:/, ''));
  return names.length <= MOST_NAMES ? names.join(', ') : `${names.slice(0, MOST_NAMES).join(', ')} and others`;
}
