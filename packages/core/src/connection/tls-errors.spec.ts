import { describe, expect, it } from '@jest/globals';
import { tlsFailure } from './tls-errors.js';

const coded = (code: string, message = code) => Object.assign(new Error(message), { code });

describe('tlsFailure', () => {
  it.each([
    ['CERT_HAS_EXPIRED', /has expired/, /Renew/],
    ['CERT_NOT_YET_VALID', /not valid yet/, /clocks/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /not known here/, /tls\.ca/],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /not known here/, /tls\.ca/],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', /wants a certificate of this client/, /tls\.cert and tls\.key/],
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', /does not accept this client's certificate/, /signed by an authority/],
    ['ERR_SSL_WRONG_VERSION_NUMBER', /does not answer in TLS/, /without TLS/],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', /cannot be read/, /tls\.key/],
  ])('explains %s', (code, detail, hint) => {
    expect(tlsFailure(coded(code))).toMatchObject({
      name: 'TLS_FAILED',
      detail: expect.stringMatching(detail),
      hint: expect.stringMatching(hint),
    });
  });

  it("finds OpenSSL's reason in the message of EPROTO, and shows no address of memory", () => {
    const error = coded(
      'EPROTO',
      'write EPROTO 804CC21FDC7F0000:error:0A00010B:SSL routines::wrong version number:x.c',
    );
    expect(tlsFailure(error)?.detail).toBe('the server does not answer in TLS');
    expect(tlsFailure(coded('EPROTO', 'write EPROTO 804CC21F:error:0A000999:unheard of'))?.detail).toBe(
      'the TLS handshake failed (EPROTO)',
    );
  });

  it('names what the certificate is for', () => {
    const error = Object.assign(coded('ERR_TLS_CERT_ALTNAME_INVALID'), {
      host: 'cache.example',
      cert: { subjectaltname: 'DNS:a.example, DNS:b.example, IP Address:10.0.0.1' },
    });
    expect(tlsFailure(error)?.detail).toBe(
      'the server\'s certificate is not for "cache.example" but for a.example, b.example, 10.0.0.1',
    );
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND'])('leaves %s to others', (code) => {
    expect(tlsFailure(coded(code))).toBeUndefined();
    expect(tlsFailure(undefined)).toBeUndefined();
  });
});
