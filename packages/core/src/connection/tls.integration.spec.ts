/** TLS against real memcacheds with certificates of a private authority. */
import { createPrivateKey } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startMemcached, startScriptedServer, testCertificates, type RealMemcached } from '@memkit/testing';
import type { ServerLink } from '../cluster/server-link.js';
import type { ListedServer } from '../discovery/connection-url.js';
import type { ClientSettings } from '../options/client-settings.js';
import { defaultSettings } from '../options/default-options.js';
import type { WarningMessage } from '../telemetry/channels.js';
import { connectServer } from './connect-server.js';
import { asking, item, within } from './spec-support/asking.js';

const { ca, otherCa, client, strangerClient, server: serverCertificate } = testCertificates();
const alice = { username: 'alice', password: 's3cret' };

let links: ServerLink[] = [];
const servers: { stop(): Promise<void> }[] = [];
let warnings: WarningMessage[] = [];

function kept<Server extends { stop(): Promise<void> }>(server: Server): Server {
  servers.push(server);
  return server;
}

function listen(message: unknown): void {
  warnings.push(message as WarningMessage);
}

beforeEach(() => {
  links = [];
  warnings = [];
  subscribe('memkit:core:warning', listen);
});

afterEach(async () => {
  unsubscribe('memkit:core:warning', listen);
  await Promise.all(links.map((link) => link.close(0)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

function link(port: number, settings: Partial<ClientSettings>, server: Partial<ListedServer> = {}): ServerLink {
  const listed = { host: '127.0.0.1', port, weight: 1, auth: undefined, tls: false, sizeRule: 'memcached', ...server };
  const made = connectServer(listed as ListedServer, { ...defaultSettings, ...settings });
  links.push(made);
  return made;
}

async function storeAndRead(through: ServerLink): Promise<string | undefined> {
  await through.send(asking.store('set', 'key', item('value')), within(3000));
  return (await through.send(asking.get('key'), within(3000)))?.data.toString();
}

const refused = (reason: RegExp) => ({ code: 'MEMCACHE_TLS_FAILED', message: expect.stringMatching(reason) });

describe('a memcached with TLS', () => {
  let server: RealMemcached;
  let wrongName: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached({ tls: {} });
    wrongName = await startMemcached({ tls: { certificate: 'wrongName' } });
  });
  afterAll(() => Promise.all([server.stop('SIGKILL'), wrongName.stop('SIGKILL')]));

  it.each(['auto', 'meta', 'text', 'binary'] as const)('works (%s)', async (protocol) => {
    expect(await storeAndRead(link(server.port, { protocol, tls: { ca } }))).toBe('value');
  });

  it('is verified by name where the host is one, and by address where it is one', async () => {
    expect(await storeAndRead(link(server.port, { tls: { ca } }, { host: 'localhost' }))).toBe('value');
    expect(await storeAndRead(link(server.port, { tls: { ca } }, { host: '127.0.0.1' }))).toBe('value');
  });

  it('found by its address must have the name that was configured', async () => {
    const found = { host: '127.0.0.1', servername: 'wrong.example' };
    expect(await storeAndRead(link(wrongName.port, { tls: { ca } }, found))).toBe('value');
    const named = { host: 'wrong.example', ip: '127.0.0.1' };
    expect(await storeAndRead(link(wrongName.port, { tls: { ca } }, named))).toBe('value');
  });

  it('for another name is refused, with the names its certificate has', async () => {
    await expect(storeAndRead(link(wrongName.port, { tls: { ca } }))).rejects.toMatchObject(
      refused(/not for "127\.0\.0\.1" but for wrong\.example.*tls\.servername/),
    );
    expect(await storeAndRead(link(wrongName.port, { tls: { ca, servername: 'wrong.example' } }))).toBe('value');
    await expect(storeAndRead(link(server.port, { tls: { ca, servername: '10.0.0.9' } }))).rejects.toMatchObject(
      refused(/not for "10\.0\.0\.9" but for localhost, 127\.0\.0\.1/),
    );
  });

  it.each([{}, { ca: otherCa }])('of an unknown authority is refused', async (tls) => {
    await expect(storeAndRead(link(server.port, { tls }))).rejects.toMatchObject(
      refused(/authority that signed .* is not known here.*tls\.ca/),
    );
    expect(warnings).toEqual([]);
  });

  it('is not verified with rejectUnauthorized: false, which is published once', async () => {
    const trusting = link(server.port, { tls: { rejectUnauthorized: false }, pool: 3 });
    await Promise.all(Array.from({ length: 30 }, (_, at) => trusting.send(asking.get(`key-${at}`), within(3000))));
    expect(trusting.counters.connects).toBe(3);
    expect(warnings).toEqual([{ event: 'tls-unverified', server: `127.0.0.1:${server.port}` }]);
  });

  it('is asked for by the URL, unless the option says otherwise', async () => {
    await expect(storeAndRead(link(server.port, {}, { tls: true }))).rejects.toMatchObject(refused(/tls\.ca/));
    await expect(storeAndRead(link(server.port, { tls: false }, { tls: true }))).rejects.toMatchObject({
      code: 'MEMCACHE_WRONG_PROTOCOL',
      message: expect.stringMatching(/the port speaks TLS.*memcaches:\/\//),
    });
  });

  it('goes together with SASL, and with the login of -Y', async () => {
    const sasl = kept(await startMemcached({ tls: {}, sasl: alice }));
    expect(await storeAndRead(link(sasl.port, { tls: { ca } }, { auth: alice }))).toBe('value');
    const ascii = kept(await startMemcached({ tls: {}, authFile: alice }));
    expect(await storeAndRead(link(ascii.port, { tls: { ca } }, { auth: alice }))).toBe('value');
  });
});

describe('a memcached that wants a certificate of the client', () => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached({ tls: { clientCertificate: 'required' } });
  });
  afterAll(() => server.stop('SIGKILL'));

  it('lets in who has one, and the key is shown by nothing', async () => {
    const trusted = link(server.port, { tls: { ca, ...client } });
    expect(await storeAndRead(trusted)).toBe('value');
    expect(inspect(trusted, { depth: 20, showHidden: true })).not.toContain('PRIVATE KEY');
  });

  it('lets in who has one whose key is opened by its passphrase, and by no other', async () => {
    const locked = { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'open sesame' } as const;
    const key = createPrivateKey(client.key).export(locked);
    const tls = { ca, cert: client.cert, key };
    expect(await storeAndRead(link(server.port, { tls: { ...tls, passphrase: 'open sesame' } }))).toBe('value');
    await expect(storeAndRead(link(server.port, { tls: { ...tls, passphrase: 'hunter2' } }))).rejects.toMatchObject({
      code: 'MEMCACHE_TLS_FAILED',
      message: expect.stringMatching(/^(?!.*hunter2).*key of this client cannot be read.*tls\.passphrase/),
    });
  });

  it.each(['auto', 'meta'] as const)('says so to who has none (%s)', async (protocol) => {
    await expect(storeAndRead(link(server.port, { protocol, tls: { ca } }))).rejects.toMatchObject(
      refused(/wants a certificate of this client.*tls\.cert and tls\.key/),
    );
  });

  it('refuses that of another authority', async () => {
    await expect(storeAndRead(link(server.port, { tls: { ca, ...strangerClient } }))).rejects.toMatchObject(
      refused(/does not accept this client's certificate/),
    );
  });
});

describe('a port without TLS', () => {
  it.each([{}, { sasl: alice }, { authFile: alice }])('is recognized (%j)', async (options) => {
    const server = kept(await startMemcached(options));
    await expect(storeAndRead(link(server.port, { tls: { ca } }))).rejects.toMatchObject(refused(/without TLS/));
  });

  it('that says nothing is given up at the deadline', async () => {
    const server = kept(await startScriptedServer(() => undefined));
    await expect(link(server.port, { tls: { ca } }).send(asking.get('key'), within(100))).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringContaining('the TLS handshake took longer than'),
    });
  });
});

describe('a second connection', () => {
  it('resumes the session of the first', async () => {
    const resumed: boolean[] = [];
    const server = kept(
      await startScriptedServer(
        (socket) => {
          resumed.push(socket instanceof TLSSocket && socket.isSessionReused());
          socket.on('data', () => socket.end('EN\r\n'));
        },
        { tls: serverCertificate },
      ),
    );
    const link1 = link(server.port, { protocol: 'meta', tls: { ca } });
    await link1.send(asking.get('first'), within(3000));
    while (link1.counters.disconnects === 0) await new Promise((resolve) => setImmediate(resolve));
    await link1.send(asking.get('second'), within(3000));
    expect(resumed).toEqual([false, true]);
  });
});
