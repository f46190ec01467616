import { describe, expect, it } from '@jest/globals';
import { ServerInMemory } from '../../commands/spec-support/server-in-memory.js';
import type { ListedServer } from '../../discovery/connection-url.js';
import { addressLookup, serviceLookup, type DnsResolver } from './dns-lookups.js';
import { elastiCacheLookup, isConfigurationEndpoint, parseNodeList } from './elasticache-lookup.js';

const AUTH = { username: 'ada', password: 'secret' };

function configured(host: string, rest: Partial<ListedServer> = {}): ListedServer {
  return { host, port: 11_311, weight: 3, auth: AUTH, tls: true, sizeRule: 'memcached', ...rest };
}

function resolver(parts: Partial<DnsResolver>): DnsResolver {
  const unknown = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('nothing'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }));
  return { addressesOf: unknown, servicesOf: unknown, ...parts };
}

describe('addresses', () => {
  it('each one is a server of its own, in a fixed order, with the certificate of the name', async () => {
    const addressesOf = () => Promise.resolve(['10.0.0.9', 'fd00::1', '10.0.0.10'].map((address) => ({ address })));
    const found = await addressLookup(resolver({ addressesOf })).find(configured('cache.example'), 0);
    expect(found).toEqual(
      ['10.0.0.10', '10.0.0.9', 'fd00::1'].map((host) => ({ ...configured(host), servername: 'cache.example' })),
    );
  });

  it('are not asked for where there is no name', () => {
    const lookup = addressLookup(resolver({}));
    const servers = [configured('10.0.0.1'), configured('::1'), configured('/run/m.sock', { path: '/run/m.sock' })];
    expect(servers.map((server) => lookup.concerns(server))).toEqual([false, false, false]);
    expect(lookup.concerns(configured('cache.example'))).toBe(true);
  });

  it('that cannot be found › CONNECT_FAILED names the host, the reason and no credential', async () => {
    const failing = addressLookup(resolver({})).find(configured('cache.example'), 0);
    await expect(failing).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      server: 'cache.example:11311',
      retryable: true,
      message:
        'Cannot find the servers on server cache.example:11311: asking for its addresses, getaddrinfo ENOTFOUND. ' +
        'Check the name and the DNS; the client asks again.',
    });
  });

  it('none at all › is a failure too', async () => {
    const failing = addressLookup(resolver({ addressesOf: () => Promise.resolve([]) })).find(
      configured('c.example'),
      0,
    );
    await expect(failing).rejects.toMatchObject({ message: expect.stringContaining('the name has no addresses') });
  });
});

describe('SRV records', () => {
  it('of the best priority are the servers, with ports and weights', async () => {
    const servicesOf = () =>
      Promise.resolve([
        { name: 'B.example.', port: 2, priority: 10, weight: 0 },
        { name: 'a.example', port: 1, priority: 10, weight: 5 },
        { name: 'spare.example', port: 3, priority: 20, weight: 5 },
      ]);
    const found = await serviceLookup(resolver({ servicesOf })).find(configured('_memcache._tcp.example'), 0);
    expect(found).toEqual([
      { ...configured('a.example'), port: 1, weight: 5 },
      { ...configured('b.example'), port: 2, weight: 1 },
    ]);
  });

  it('that cannot be found › CONNECT_FAILED names what was asked', async () => {
    const failing = serviceLookup(resolver({})).find(configured('_memcache._tcp.example'), 0);
    await expect(failing).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      message: expect.stringContaining('asking for its SRV records'),
    });
  });
});

describe('ElastiCache', () => {
  it.each([
    ['demo.abc123.cfg.use1.cache.amazonaws.com', true],
    ['DEMO.abc123.cfg.EUW1.cache.amazonaws.com', true],
    ['demo.abc123.cfg.cnn1.cache.amazonaws.com.cn', true],
    ['demo.abc123.0001.use1.cache.amazonaws.com', false],
    ['demo-abc123.serverless.use1.cache.amazonaws.com', false],
    ['cfg.use1.cache.amazonaws.com.example', false],
  ])('%s › is a configuration endpoint: %s', (host, expected) => {
    expect(isConfigurationEndpoint({ host })).toBe(expected);
  });

  it('nodes are read with their names, addresses and ports', () => {
    const text = '12\nd.0001.cache.amazonaws.com|10.82.235.120|11211 1d.0002.cache.amazonaws.com||11212\n';
    expect(parseNodeList(text, 'cfg:11211')).toEqual({
      version: 12n,
      nodes: [
        { host: 'd.0001.cache.amazonaws.com', ip: '10.82.235.120', port: 11_211 },
        { host: '1d.0002.cache.amazonaws.com', ip: undefined, port: 11_212 },
      ],
    });
  });

  it.each([
    ['no version', 'a|1.1.1.1|11211\n'],
    ['no nodes', '3\n\n'],
    ['a node without a port', '3\na|1.1.1.1|\n'],
    ['a port that is none', '3\na|1.1.1.1|70000\n'],
    ['a node without a name', '3\n|1.1.1.1|11211 b|1.1.1.2|11211\n'],
    ['nothing', ''],
  ])('%s › CONNECT_FAILED names the endpoint', (_, text) => {
    expect(() => parseNodeList(text, 'cfg.example:11211')).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_CONNECT_FAILED', server: 'cfg.example:11211' }),
    );
  });

  it('an endpoint that is no longer configured › is disconnected, and so is one with other credentials', async () => {
    const links: ServerInMemory[] = [];
    const lookup = elastiCacheLookup(
      () => true,
      ({ host }) => {
        const link = new ServerInMemory(host, { nowMs: 0 });
        links.push(link);
        return link;
      },
    );
    const find = (endpoint: ListedServer) => lookup.find(endpoint, 0).catch(() => undefined);
    const [one, two] = [configured('one.cfg'), configured('two.cfg')];
    const oneAgain = { ...one, auth: { username: 'ada', password: 'other' } };
    for (const endpoint of [one, two, one, oneAgain, oneAgain]) await find(endpoint);
    lookup.retain?.([oneAgain]);
    expect(links.map(({ name, isClosed }) => `${name} ${isClosed ? 'closed' : 'open'}`)).toEqual([
      'one.cfg closed',
      'two.cfg closed',
      'one.cfg open',
    ]);
  });
});
