/** A private certificate authority for one test process, and what it signed. Nothing of it is left on the disk. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './run-tool.js';

/** A certificate with its key, both as PEM text. */
export interface TestCertificate {
  readonly cert: string;
  readonly key: string;
}

/** PEM texts, as the options of `node:tls` take them. */
export interface TestCertificates {
  /** The authority that signed all certificates here. */
  readonly ca: string;
  /** An authority that signed none of them. */
  readonly otherCa: string;
  /** For `localhost` and 127.0.0.1. */
  readonly server: TestCertificate;
  /** For `wrong.example` only. */
  readonly wrongName: TestCertificate;
  readonly client: TestCertificate;
  /** A client's certificate that the other authority signed. */
  readonly strangerClient: TestCertificate;
}

const LOCAL_NAMES = 'DNS:localhost,IP:127.0.0.1';

let made: TestCertificates | undefined;

/** Made at the first call, which takes about 100 ms; the same ones afterwards. */
export function testCertificates(): TestCertificates {
  made ??= makeAll();
  return made;
}

function makeAll(): TestCertificates {
  const directory = mkdtempSync(join(tmpdir(), 'memkit-certificates-'));
  const openssl = (...args: string[]): string => runTool('openssl', args, { cwd: directory });
  const read = (name: string): string => readFileSync(join(directory, name), 'utf8');
  // P-256 keys are made in a millisecond; RSA keys of the usual length take a second for five.
  const newKey = (name: string): string[] => [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ];

  const authority = (name: string): string => {
    openssl('req', '-x509', ...newKey(name), '-days', '2', '-subj', `/CN=${name}`, '-out', `${name}.pem`);
    return read(`${name}.pem`);
  };
  const signed = (name: string, names: string, ca: string): TestCertificate => {
    writeFileSync(join(directory, `${name}.ext`), `subjectAltName=${names}\n`);
    openssl('req', ...newKey(name), '-subj', `/CN=${name}`, '-out', `${name}.csr`);
    const by = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...by,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.pem`,
    );
    return { cert: read(`${name}.pem`), key: read(`${name}.key`) };
  };

  try {
    return {
      ca: authority('memkit-test-ca'),
      otherCa: authority('memkit-other-ca'),
      server: signed('server', LOCAL_NAMES, 'memkit-test-ca'),
      wrongName: signed('wrong', 'DNS:wrong.example', 'memkit-test-ca'),
      client: signed('client', 'DNS:client.example', 'memkit-test-ca'),
      strangerClient: signed('stranger', 'DNS:client.example', 'memkit-other-ca'),
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
