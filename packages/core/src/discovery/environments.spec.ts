/**
 * What platforms set, and what the client makes of it. Shapes and names are those of the platforms' own documents:
 * MemCachier on Heroku, dokku's plugin, Cloud Foundry, Stackato and Helion, docker links, Kubernetes.
 */
import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createMemcache } from '../memcache.js';
import type { MemcacheOptions } from '../options/memcache-options.js';
import { discoverServers } from './discover-servers.js';
import type { Environment } from './environment.js';
import { explain } from './explain.js';

interface Fixture {
  readonly environment: Environment;
  readonly service?: string;
  readonly servers: readonly string[];
  readonly source: string;
  readonly authenticated?: boolean;
  readonly tls?: boolean;
  readonly ignored?: readonly string[];
  readonly isMemcachier?: boolean;
  readonly options?: object;
}

/** Every username and password below; two usernames are missing, because dokku uses them in host names too. */
const SECRETS = [
  'bobslob',
  'kJ4hT9wQz0',
  'cloud-user-771',
  'Xq81LmNpRs',
  'SOME_PASSWORD',
  'ANOTHER_PASSWORD',
  'b7c1d52e-user',
  'd41d8cd98f00',
  'al%69ce@home',
  'alice@home',
  'p%40ss%2Fw%2Crd',
  'p@ss/w,rd',
];
const USERNAMES_IN_HOST_NAMES = ['other_service', 'lollipop'];

const memcachier = {
  MEMCACHIER_SERVERS: 'mc1.dev.ec2.memcachier.com:11211,mc2.dev.ec2.memcachier.com:11211',
  MEMCACHIER_USERNAME: 'bobslob',
  MEMCACHIER_PASSWORD: 'kJ4hT9wQz0',
};
const memcachedCloud = {
  MEMCACHEDCLOUD_SERVERS: 'memcached-14054.c9.us-east-1-4.ec2.cloud.example:14054',
  MEMCACHEDCLOUD_USERNAME: 'cloud-user-771',
  MEMCACHEDCLOUD_PASSWORD: 'Xq81LmNpRs',
};
const dokkuLink = {
  DOKKU_MEMCACHED_LOLLIPOP_NAME: '/lollipop/DATABASE',
  DOKKU_MEMCACHED_LOLLIPOP_PORT: 'tcp://172.17.0.1:11211',
  DOKKU_MEMCACHED_LOLLIPOP_PORT_11211_TCP: 'tcp://172.17.0.1:11211',
  DOKKU_MEMCACHED_LOLLIPOP_PORT_11211_TCP_PROTO: 'tcp',
  DOKKU_MEMCACHED_LOLLIPOP_PORT_11211_TCP_PORT: '11211',
  DOKKU_MEMCACHED_LOLLIPOP_PORT_11211_TCP_ADDR: '172.17.0.1',
};
const dokkuLinkName = 'DOKKU_MEMCACHED_LOLLIPOP_PORT_11211_TCP_ADDR and DOKKU_MEMCACHED_LOLLIPOP_PORT_11211_TCP_PORT';
const otherService = 'memcached://other_service:ANOTHER_PASSWORD@dokku-memcached-other-service:11211/other_service';
const pathIgnored = (name: string) => `the path in ${name}: memcached has no databases`;

const cloudBinding = {
  name: 'shop-cache',
  label: 'memcachedcloud',
  plan: '100mb',
  tags: ['Data Stores', 'Caching', 'key-value', 'memcached'],
  credentials: { servers: 'pub-14054.cloud.example:14054', username: 'cloud-user-771', password: 'Xq81LmNpRs' },
};
const memcachierBinding = {
  name: 'views',
  label: 'memcachier',
  tags: ['Caching', 'memcache'],
  credentials: { servers: 'mc3.example:11211,mc4.example:11211', username: 'bobslob', password: 'kJ4hT9wQz0' },
};
const stackatoCredentials = {
  name: 'd8f3',
  host: '10.13.0.6',
  hostname: '10.13.0.6',
  port: 11000,
  user: 'b7c1d52e-user',
  username: 'b7c1d52e-user',
  password: 'd41d8cd98f00',
};
const redisBinding = {
  name: 'queue',
  label: 'rediscloud',
  tags: ['Caching', 'key-value', 'redis'],
  credentials: { hostname: 'redis.example', port: 6379, password: 'd41d8cd98f00' },
};
const attached = (prefix: string, servers: string) => ({
  [`${prefix}_SERVERS`]: servers,
  [`${prefix}_USERNAME`]: 'bobslob',
  [`${prefix}_PASSWORD`]: 'kJ4hT9wQz0',
});
const vcap = (services: object) => ({ VCAP_SERVICES: JSON.stringify(services) });
const stackato = (services: object) => ({ STACKATO_SERVICES: JSON.stringify(services) });
const userProvided = (name: string, credentials: object, tags: string[] = []) =>
  vcap({ 'user-provided': [{ name, label: 'user-provided', tags, credentials }] });
const service = (name: string, variable = 'VCAP_SERVICES') => `service "${name}" of ${variable}`;

const fixtures: Readonly<Record<string, Fixture>> = {
  'MemCachier on Heroku': {
    environment: memcachier,
    servers: ['mc1.dev.ec2.memcachier.com:11211', 'mc2.dev.ec2.memcachier.com:11211'],
    source: 'MEMCACHIER_SERVERS',
    authenticated: true,
    isMemcachier: true,
  },
  'MemCachier, one attachment with a name of its own': {
    environment: attached('MEMCACHIER_BLUE', 'mc5.example:11211'),
    servers: ['mc5.example:11211'],
    source: 'MEMCACHIER_BLUE_SERVERS',
    authenticated: true,
    isMemcachier: true,
  },
  'MemCachier, a second attachment': {
    environment: { ...attached('MEMCACHIER_BLUE', 'mc5.example:11211'), ...memcachier },
    servers: ['mc1.dev.ec2.memcachier.com:11211', 'mc2.dev.ec2.memcachier.com:11211'],
    source: 'MEMCACHIER_SERVERS',
    authenticated: true,
    isMemcachier: true,
    ignored: [
      'MEMCACHIER_BLUE_SERVERS: MEMCACHIER_SERVERS comes first, by name; ' +
        '{ servers: process.env.MEMCACHIER_BLUE_SERVERS } chooses it',
      'MEMCACHIER_BLUE_USERNAME and MEMCACHIER_BLUE_PASSWORD: other credentials come first',
    ],
  },
  'MemCachier, two attachments and none with the plain name': {
    environment: {
      ...attached('MEMCACHIER_STAGING_GREEN', 'mc6.example:11211'),
      ...attached('MEMCACHIER_BLUE', 'mc5.example:11211'),
    },
    servers: ['mc5.example:11211'],
    source: 'MEMCACHIER_BLUE_SERVERS',
    authenticated: true,
    isMemcachier: true,
    ignored: [
      'MEMCACHIER_STAGING_GREEN_SERVERS: MEMCACHIER_BLUE_SERVERS comes first, by name; ' +
        '{ servers: process.env.MEMCACHIER_STAGING_GREEN_SERVERS } chooses it',
      'MEMCACHIER_STAGING_GREEN_USERNAME and MEMCACHIER_STAGING_GREEN_PASSWORD: other credentials come first',
    ],
  },
  'Memcached Cloud, an attachment with a name of its own': {
    environment: { ...attached('MEMCACHEDCLOUD_RED', 'cloud.example:14054'), MEMCACHEDCLOUD_SERVERS: ' ' },
    servers: ['cloud.example:14054'],
    source: 'MEMCACHEDCLOUD_RED_SERVERS',
    authenticated: true,
  },
  'MemCachier without a port, as its guide prints it': {
    environment: { ...memcachier, MEMCACHIER_SERVERS: 'mcX.ec2.memcachier.com' },
    servers: ['mcx.ec2.memcachier.com:11211'],
    source: 'MEMCACHIER_SERVERS',
    authenticated: true,
    isMemcachier: true,
  },
  'MemCachier under a name of the customer': {
    environment: { ...memcachier, MEMCACHIER_SERVERS: 'cache.customer.example:11211' },
    servers: ['cache.customer.example:11211'],
    source: 'MEMCACHIER_SERVERS',
    authenticated: true,
    isMemcachier: true,
  },
  'the memcached of a laptop in the variable of MemCachier': {
    environment: { MEMCACHIER_SERVERS: 'localhost:11211' },
    servers: ['localhost:11211'],
    source: 'MEMCACHIER_SERVERS',
    isMemcachier: true,
  },
  'MemCachier copied into the variables that most clients read, as its guide tells': {
    environment: {
      MEMCACHE_SERVERS: memcachier.MEMCACHIER_SERVERS,
      MEMCACHE_USERNAME: 'bobslob',
      MEMCACHE_PASSWORD: 'kJ4hT9wQz0',
    },
    servers: ['mc1.dev.ec2.memcachier.com:11211', 'mc2.dev.ec2.memcachier.com:11211'],
    source: 'MEMCACHE_SERVERS',
    authenticated: true,
    isMemcachier: true,
  },
  'MemCachier copied for django-pylibmc, which separates by semicolons': {
    environment: {
      ...memcachier,
      MEMCACHIER_SERVERS: '',
      MEMCACHE_SERVERS: 'mc1.dev.ec2.memcachier.com:11211;mc2.dev.ec2.memcachier.com:11211',
    },
    servers: ['mc1.dev.ec2.memcachier.com:11211', 'mc2.dev.ec2.memcachier.com:11211'],
    source: 'MEMCACHE_SERVERS',
    authenticated: true,
    isMemcachier: true,
  },
  'Memcached Cloud on Heroku': {
    environment: memcachedCloud,
    servers: ['memcached-14054.c9.us-east-1-4.ec2.cloud.example:14054'],
    source: 'MEMCACHEDCLOUD_SERVERS',
    authenticated: true,
  },
  'both add-ons of Heroku at once': {
    environment: { ...memcachedCloud, ...memcachier },
    servers: ['mc1.dev.ec2.memcachier.com:11211', 'mc2.dev.ec2.memcachier.com:11211'],
    source: 'MEMCACHIER_SERVERS',
    authenticated: true,
    isMemcachier: true,
    ignored: [
      'MEMCACHEDCLOUD_SERVERS: MEMCACHIER_SERVERS comes first',
      'MEMCACHEDCLOUD_USERNAME and MEMCACHEDCLOUD_PASSWORD: other credentials come first',
    ],
  },
  'Memcached Cloud beside a memcached without credentials': {
    environment: { ...memcachedCloud, MEMCACHEDCLOUD_SERVERS: ' ', MEMCACHE_SERVERS: 'cache-1, cache-2:11212:3' },
    servers: ['cache-1:11211', 'cache-2:11212'],
    source: 'MEMCACHE_SERVERS',
    authenticated: true,
  },
  'plain servers': {
    environment: { MEMCACHE_SERVERS: '10.0.0.7:11211,10.0.0.8:11211' },
    servers: ['10.0.0.7:11211', '10.0.0.8:11211'],
    source: 'MEMCACHE_SERVERS',
  },
  'a Unix socket': {
    environment: { MEMCACHE_SERVERS: '/var/run/memcached/memcached.sock' },
    servers: ['/var/run/memcached/memcached.sock'],
    source: 'MEMCACHE_SERVERS',
  },
  'an IPv6 address': {
    environment: { MEMCACHE_SERVERS: '[2001:db8::7]:11311' },
    servers: ['[2001:db8::7]:11311'],
    source: 'MEMCACHE_SERVERS',
  },
  'dokku, one service': {
    environment: { MEMCACHED_URL: 'memcached://dokku-memcached-lollipop:11211' },
    servers: ['dokku-memcached-lollipop:11211'],
    source: 'MEMCACHED_URL',
  },
  'dokku, one service with its docker link': {
    environment: { MEMCACHED_URL: 'memcached://dokku-memcached-lollipop:11211', ...dokkuLink },
    servers: ['dokku-memcached-lollipop:11211'],
    source: 'MEMCACHED_URL',
    ignored: [`${dokkuLinkName}: MEMCACHED_URL comes first`],
  },
  'dokku, MEMCACHED_DATABASE_SCHEME=memcached2': {
    environment: { MEMCACHED_URL: 'memcached2://dokku-memcached-lollipop:11211' },
    servers: ['dokku-memcached-lollipop:11211'],
    source: 'MEMCACHED_URL',
  },
  'dokku, --querystring': {
    environment: { MEMCACHED_URL: 'memcached://dokku-memcached-lollipop:11211?pool=5&timeout=750ms' },
    servers: ['dokku-memcached-lollipop:11211'],
    source: 'MEMCACHED_URL',
    options: { pool: 5, timeout: '750ms' },
  },
  'dokku, another service promoted': {
    environment: {
      MEMCACHED_URL: otherService,
      DOKKU_MEMCACHED_BLUE_URL: otherService,
      DOKKU_MEMCACHED_SILVER_URL: 'memcached://lollipop:SOME_PASSWORD@dokku-memcached-lollipop:11211/lollipop',
    },
    servers: ['dokku-memcached-other-service:11211'],
    source: 'MEMCACHED_URL',
    authenticated: true,
    ignored: [
      pathIgnored('MEMCACHED_URL'),
      'DOKKU_MEMCACHED_BLUE_URL: MEMCACHED_URL comes first',
      'DOKKU_MEMCACHED_SILVER_URL: MEMCACHED_URL comes first',
    ],
  },
  'dokku, services of two colours and no main one': {
    environment: {
      DOKKU_MEMCACHED_SILVER_URL: 'memcached://lollipop:SOME_PASSWORD@dokku-memcached-lollipop:11211/lollipop',
      DOKKU_MEMCACHED_BLUE_URL: otherService,
    },
    servers: ['dokku-memcached-other-service:11211'],
    source: 'DOKKU_MEMCACHED_BLUE_URL',
    authenticated: true,
    ignored: [
      pathIgnored('DOKKU_MEMCACHED_BLUE_URL'),
      'DOKKU_MEMCACHED_SILVER_URL: DOKKU_MEMCACHED_BLUE_URL comes first, by name; ' +
        '{ servers: process.env.DOKKU_MEMCACHED_SILVER_URL } chooses it',
    ],
  },
  'dokku, --alias BLUE_DATABASE': {
    environment: {
      BLUE_DATABASE_URL: 'memcached://dokku-memcached-lollipop:11211',
      DATABASE_URL: 'postgres://app:d41d8cd98f00@db.example/app',
    },
    servers: ['dokku-memcached-lollipop:11211'],
    source: 'BLUE_DATABASE_URL',
  },
  'dokku, an alias for TLS behind a service of a colour': {
    environment: { CACHE_URL: 'memcaches://cache.example', DOKKU_MEMCACHED_AQUA_URL: 'memcached://aqua' },
    servers: ['aqua:11211'],
    source: 'DOKKU_MEMCACHED_AQUA_URL',
    ignored: ['CACHE_URL: DOKKU_MEMCACHED_AQUA_URL comes first'],
  },
  'an alias for TLS with credentials': {
    environment: { CACHE_URL: 'memcaches://b7c1d52e-user:d41d8cd98f00@cache.example:11212' },
    servers: ['cache.example:11212'],
    source: 'CACHE_URL',
    authenticated: true,
    tls: true,
  },
  'dokku, the docker link alone': {
    environment: dokkuLink,
    servers: ['172.17.0.1:11211'],
    source: dokkuLinkName,
  },
  'Stackato, without a scheme': {
    environment: { MEMCACHED_URL: '10.13.0.6:11000' },
    servers: ['10.13.0.6:11000'],
    source: 'MEMCACHED_URL',
  },
  'Stackato 2.10 and Helion, without a scheme': {
    environment: { MEMCACHE_URL: '10.13.0.6:11000' },
    servers: ['10.13.0.6:11000'],
    source: 'MEMCACHE_URL',
  },
  'Helion with SASL': {
    environment: vcap({ memcached: [{ name: 'memcached-gtd', label: 'memcached', credentials: stackatoCredentials }] }),
    servers: ['10.13.0.6:11000'],
    source: service('memcached-gtd'),
    authenticated: true,
  },
  'Stackato with SASL and both variables': {
    environment: {
      ...vcap({ memcached: [{ name: 'memcached-gtd', label: 'memcached-1.4', credentials: stackatoCredentials }] }),
      ...stackato({ 'memcached-gtd': stackatoCredentials }),
    },
    servers: ['10.13.0.6:11000'],
    source: service('memcached-gtd'),
    authenticated: true,
    ignored: [`${service('memcached-gtd', 'STACKATO_SERVICES')}: ${service('memcached-gtd')} comes first`],
  },
  'Stackato, two services, for which it sets no URL': {
    environment: stackato({
      'memcached-views': { ...stackatoCredentials, port: '11001' },
      'memcached-gtd': { hostname: '10.13.0.6', port: 11000, user: '', password: '' },
      'pg-gtd': { hostname: '10.13.0.9', port: 5432, user: 'b7c1d52e-user', password: 'd41d8cd98f00' },
    }),
    servers: ['10.13.0.6:11000'],
    source: service('memcached-gtd', 'STACKATO_SERVICES'),
    ignored: [
      `${service('memcached-views', 'STACKATO_SERVICES')}: ${service('memcached-gtd', 'STACKATO_SERVICES')} comes ` +
        'first, by name; { service: "memcached-views" } chooses it',
    ],
  },
  'Stackato, the second service by the option': {
    environment: stackato({
      'memcached-views': { ...stackatoCredentials, port: '11001' },
      'memcached-gtd': { hostname: '10.13.0.6', port: 11000 },
    }),
    service: 'memcached-views',
    servers: ['10.13.0.6:11001'],
    source: service('memcached-views', 'STACKATO_SERVICES'),
    authenticated: true,
    ignored: [
      `${service('memcached-gtd', 'STACKATO_SERVICES')}: ${service('memcached-views', 'STACKATO_SERVICES')} comes first`,
    ],
  },
  'Cloud Foundry, Memcached Cloud': {
    environment: vcap({ memcachedcloud: [cloudBinding] }),
    servers: ['pub-14054.cloud.example:14054'],
    source: service('shop-cache'),
    authenticated: true,
  },
  'Cloud Foundry, MemCachier': {
    environment: vcap({ memcachier: [memcachierBinding] }),
    servers: ['mc3.example:11211', 'mc4.example:11211'],
    source: service('views'),
    authenticated: true,
    isMemcachier: true,
  },
  'Cloud Foundry, two services of memcache and one of Redis': {
    environment: vcap({ rediscloud: [redisBinding], memcachier: [memcachierBinding], memcachedcloud: [cloudBinding] }),
    servers: ['pub-14054.cloud.example:14054'],
    source: service('shop-cache'),
    authenticated: true,
    ignored: [`${service('views')}: ${service('shop-cache')} comes first, by name; { service: "views" } chooses it`],
  },
  'Cloud Foundry, the second service by the option': {
    environment: { ...vcap({ memcachier: [memcachierBinding], memcachedcloud: [cloudBinding] }), MEMCACHED_URL: 'a' },
    service: 'views',
    servers: ['mc3.example:11211', 'mc4.example:11211'],
    source: service('views'),
    authenticated: true,
    isMemcachier: true,
    ignored: [
      `MEMCACHED_URL: ${service('views')} comes first`,
      `${service('shop-cache')}: ${service('views')} comes first`,
    ],
  },
  'Cloud Foundry, known by a tag alone': {
    environment: vcap({ 'p.cache': [{ ...cloudBinding, label: 'p.cache', name: 'shop' }] }),
    servers: ['pub-14054.cloud.example:14054'],
    source: service('shop'),
    authenticated: true,
  },
  'Cloud Foundry, user-provided, known by its name': {
    environment: userProvided('my-memcache', { host: 'cache.example', port: '11212' }),
    servers: ['cache.example:11212'],
    source: service('my-memcache'),
  },
  'Cloud Foundry, user-provided, known by its tag': {
    environment: userProvided('shop', { host: '2001:db8::7', port: 11212 }, ['memcached']),
    servers: ['[2001:db8::7]:11212'],
    source: service('shop'),
  },
  'Cloud Foundry, user-provided, known by its URL': {
    environment: userProvided('shop', { uri: 'memcaches://al%69ce%40home:p%40ss%2Fw%2Crd@cache.example?pool=2' }),
    servers: ['cache.example:11211'],
    source: service('shop'),
    authenticated: true,
    tls: true,
    options: { pool: 2 },
  },
  'Cloud Foundry, user-provided, chosen by the option alone': {
    environment: userProvided('shop', { url: 'cache.example', username: 'bobslob', password: 'kJ4hT9wQz0' }),
    service: 'shop',
    servers: ['cache.example:11211'],
    source: service('shop'),
    authenticated: true,
  },
  'Cloud Foundry, user-provided, with the URL of a web page beside host and port': {
    environment: userProvided('memcache', { url: 'https://cache.example/', host: 'cache.example', port: 11212 }),
    servers: ['cache.example:11212'],
    source: service('memcache'),
  },
  'Cloud Foundry, a service bound under another name': {
    environment: vcap({
      memcached: [{ instance_name: 'shop', binding_name: 'pages', credentials: { host: 'a.example' } }],
    }),
    service: 'pages',
    servers: ['a.example:11211'],
    source: service('shop'),
  },
  'Cloud Foundry, user-provided, servers as a list and TLS': {
    environment: userProvided('memcache', { servers: ['a.example', 'b.example:11212'], tls: true }),
    servers: ['a.example:11211', 'b.example:11212'],
    source: service('memcache'),
    tls: true,
  },
  'Cloud Foundry with a variable that comes first': {
    environment: { ...vcap({ memcachedcloud: [cloudBinding] }), MEMCACHE_SERVERS: 'cache-1' },
    servers: ['cache-1:11211'],
    source: 'MEMCACHE_SERVERS',
    ignored: [`${service('shop-cache')}: MEMCACHE_SERVERS comes first`],
  },
  'Cloud Foundry without memcache, and a docker link': {
    environment: { ...vcap({ rediscloud: [redisBinding] }), ...dokkuLink },
    servers: ['172.17.0.1:11211'],
    source: dokkuLinkName,
  },
  'broken JSON behind a variable that comes first': {
    environment: { VCAP_SERVICES: '{"memcached":[{"password":"d41d8cd98f00"', MEMCACHED_URL: 'cache-1' },
    servers: ['cache-1:11211'],
    source: 'MEMCACHED_URL',
    ignored: ['VCAP_SERVICES: MEMCACHED_URL comes first'],
  },
  'broken JSON that does not mention memcache': {
    environment: { VCAP_SERVICES: '{"redis":[{"password":"d41d8cd98f00"', MEMCACHE_PORT: 'tcp://10.1.2.3:11299' },
    servers: ['10.1.2.3:11299'],
    source: 'MEMCACHE_PORT',
    ignored: ['VCAP_SERVICES: it cannot be read, and does not mention memcache'],
  },
  'a docker link called memcache': {
    environment: { MEMCACHE_PORT_11211_TCP_ADDR: '172.17.0.5', MEMCACHE_PORT_11211_TCP_PORT: '11211' },
    servers: ['172.17.0.5:11211'],
    source: 'MEMCACHE_PORT_11211_TCP_ADDR and MEMCACHE_PORT_11211_TCP_PORT',
  },
  'a docker link with the address alone': {
    environment: { CACHE_PORT_11211_TCP_ADDR: '172.17.0.5' },
    servers: ['172.17.0.5:11211'],
    source: 'CACHE_PORT_11211_TCP_ADDR',
  },
  'a docker link to an IPv6 address': {
    environment: { CACHE_PORT_11211_TCP_ADDR: '2001:db8::7', CACHE_PORT_11211_TCP_PORT: '11211' },
    servers: ['[2001:db8::7]:11211'],
    source: 'CACHE_PORT_11211_TCP_ADDR and CACHE_PORT_11211_TCP_PORT',
  },
  'two docker links and one to another kind of server': {
    environment: {
      SESSIONS_PORT: 'tcp://172.17.0.6:11211',
      PAGES_PORT_11211_TCP: 'tcp://172.17.0.5:11211',
      DB_PORT: 'tcp://172.17.0.7:5432',
      PORT: '8080',
    },
    servers: ['172.17.0.5:11211'],
    source: 'PAGES_PORT_11211_TCP',
    ignored: [
      'SESSIONS_PORT: PAGES_PORT_11211_TCP comes first, by name; MEMCACHE_SERVERS set to its address chooses it',
    ],
  },
  'Kubernetes, a service called memcached': {
    environment: {
      MEMCACHED_SERVICE_HOST: '10.96.0.12',
      MEMCACHED_SERVICE_PORT: '11211',
      MEMCACHED_PORT: 'tcp://10.96.0.12:11211',
      MEMCACHED_PORT_11211_TCP: 'tcp://10.96.0.12:11211',
      MEMCACHED_PORT_11211_TCP_PROTO: 'tcp',
      MEMCACHED_PORT_11211_TCP_PORT: '11211',
      MEMCACHED_PORT_11211_TCP_ADDR: '10.96.0.12',
    },
    servers: ['10.96.0.12:11211'],
    source: 'MEMCACHED_PORT_11211_TCP_ADDR and MEMCACHED_PORT_11211_TCP_PORT',
  },
  'a URL of something else beside plain servers': {
    environment: { MEMCACHED_DASHBOARD_URL: 'https://dashboard.example/', MEMCACHE_SERVERS: 'cache-1' },
    servers: ['cache-1:11211'],
    source: 'MEMCACHE_SERVERS',
    ignored: ['MEMCACHED_DASHBOARD_URL: the scheme of its value is not one of memcache'],
  },
  'credentials without servers of their own': {
    environment: { MEMCACHED_URL: 'cache-1', MEMCACHE_USERNAME: 'bobslob', MEMCACHE_PASSWORD: 'kJ4hT9wQz0' },
    servers: ['cache-1:11211'],
    source: 'MEMCACHED_URL',
    authenticated: true,
  },
};

interface Refusal {
  readonly environment: Environment;
  readonly service?: string;
  readonly message: string;
}

const noHelp = 'Give it servers, or host and port, or uri; and username with password where the server wants them.';
const addressHelp =
  'Write host, host:port, host:port:weight, [IPv6 address]:port or /path/of/socket, several separated by commas.';

const refusals: Readonly<Record<string, Refusal>> = {
  'a port that is a word': {
    environment: { ...memcachier, MEMCACHIER_SERVERS: 'mc1:http' },
    message:
      'Cannot use server number 1 of MEMCACHIER_SERVERS: the port is not a whole number from 1 to 65535. ' +
      addressHelp,
  },
  'a URL of another database': {
    environment: { MEMCACHED_URL: 'redis://bobslob:kJ4hT9wQz0@cache-1' },
    message: `Cannot use MEMCACHED_URL: the scheme "redis" is not one of memcache. Write 'memcached://host:11211'.`,
  },
  'an option of a URL that is out of range': {
    environment: { MEMCACHED_URL: 'memcached://bobslob:kJ4hT9wQz0@cache-1?pool=500' },
    message: 'Cannot use MEMCACHED_URL: option "pool": got 500. Allowed: a whole number from 1 to 100.',
  },
  'a dokku service with a scheme of its own': {
    environment: { DOKKU_MEMCACHED_BLUE_URL: 'cache://lollipop:SOME_PASSWORD@dokku-memcached-lollipop' },
    message:
      'Cannot use DOKKU_MEMCACHED_BLUE_URL: the scheme "cache" is not one of memcache. ' +
      "Write 'memcached://host:11211'.",
  },
  'broken JSON that mentions memcache': {
    environment: { VCAP_SERVICES: '{"memcached":[{"password":"d41d8cd98f00"', ...dokkuLink },
    message:
      'Cannot use VCAP_SERVICES: it is not a JSON object of services. Bind the service again, or pass the option servers.',
  },
  'JSON of another shape that mentions memcache': {
    environment: { STACKATO_SERVICES: '["memcached", "d41d8cd98f00"]' },
    message:
      'Cannot use STACKATO_SERVICES: it is not a JSON object of services. ' +
      'Bind the service again, or pass the option servers.',
  },
  'broken JSON when a service is asked for': {
    environment: { VCAP_SERVICES: '{"redis"', MEMCACHED_URL: 'cache-1' },
    service: 'shop',
    message:
      'Cannot use VCAP_SERVICES: it is not a JSON object of services. Bind the service again, or pass the option servers.',
  },
  'a service without credentials': {
    environment: vcap({ memcached: [{ name: 'shop' }] }),
    message: `Cannot use service "shop" of VCAP_SERVICES: it has no credentials. ${noHelp}`,
  },
  'services that are no list': {
    environment: vcap({ memcached: 'd41d8cd98f00' }),
    message: `Cannot use service "memcached" of VCAP_SERVICES: it has no credentials. ${noHelp}`,
  },
  'a service without a server': {
    environment: vcap({ memcached: [{ name: 'shop', credentials: { user: 'bobslob', password: 'kJ4hT9wQz0' } }] }),
    message: `Cannot use service "shop" of VCAP_SERVICES: its credentials name no server. ${noHelp}`,
  },
  'a service with half of the credentials': {
    environment: vcap({ memcached: [{ name: 'shop', credentials: { host: 'cache-1', password: 'kJ4hT9wQz0' } }] }),
    message: `Cannot use service "shop" of VCAP_SERVICES: it has a password and no username. ${noHelp}`,
  },
  'a service with two words in the place of the host': {
    environment: vcap({ memcached: [{ name: 'shop', credentials: { host: 'cache 1', port: 11211 } }] }),
    message: `Cannot use server number 1 of service "shop" of VCAP_SERVICES: there is no host name in it. ${addressHelp}`,
  },
  'a service that is not bound': {
    environment: { ...vcap({ memcachier: [memcachierBinding], memcachedcloud: [cloudBinding] }), MEMCACHED_URL: 'a' },
    service: 'sessions',
    message:
      'Cannot use option "service": no service of VCAP_SERVICES is called "sessions". Bound services: shop-cache, views.',
  },
  'a link that holds no address': {
    environment: { MEMCACHED_PORT: 'tcp://172.17.0.1:11211/lollipop' },
    message:
      'Cannot use MEMCACHED_PORT: its value is not an address as docker links have it. ' +
      'Set MEMCACHE_SERVERS=host:11211 instead.',
  },
};

const table = Object.entries(fixtures);

describe('the environment of a platform', () => {
  it.each(table)('%s', (_, { environment, service: chosen, ...expected }) => {
    const discovery = discoverServers(choose(chosen), environment);
    const { servers, source, authenticated, tls, ignored } = explain(discovery, 'auto');
    expect({ servers, source, authenticated, tls, ignored, options: discovery.options }).toEqual({
      servers: expected.servers,
      source: expected.source,
      authenticated: expected.authenticated ?? false,
      tls: expected.tls ?? false,
      ignored: expected.ignored ?? [],
      options: expected.options ?? {},
    });
    const rule = expected.isMemcachier === true ? 'key-and-value' : 'memcached';
    expect(discovery.servers.map(({ sizeRule }) => sizeRule)).toEqual(expected.servers.map(() => rule));
  });

  it('has at least 40 of them', () => {
    expect(table.length).toBeGreaterThanOrEqual(40);
  });

  it.each(Object.entries(refusals))('refused: %s', (_, { environment, service: chosen, message }) => {
    expect(() => discoverServers(choose(chosen), environment)).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION', message }),
    );
  });
});

describe('credentials in the environment', () => {
  it('are all known to the tests below', () => {
    for (const [, { environment, service: chosen }] of table) {
      for (const { auth } of discoverServers(choose(chosen), environment).servers) {
        if (typeof auth !== 'object') continue;
        expect([...SECRETS, ...USERNAMES_IN_HOST_NAMES]).toContain(auth.username);
        expect(SECRETS).toContain(auth.password);
      }
    }
  });

  it.each(table)('show up in nothing that can be printed: %s', async (_, { environment, service: chosen }) => {
    const client = createMemcache({ ...choose(chosen), environment });
    const printed = [inspect(client, { depth: null, showHidden: true }), inspect(client.explain()), client.explain()];
    await client.close();
    expectNoSecret(`${printed.join()}${JSON.stringify(client.explain())}`);
  });

  it.each(Object.entries(refusals))('show up in no error: %s', (_, { environment, service: chosen }) => {
    expectNoSecret(printedBy(environment, chosen));
  });

  it('show up nowhere when a character of the configuration was lost, changed or added', () => {
    const environments = [...table, ...Object.entries(refusals)].map(([, { environment }]) => environment);
    const damage = fc.record({
      environment: fc.constantFrom(...environments),
      variable: fc.nat(),
      position: fc.nat(),
      removed: fc.constantFrom(0, 1),
      added: fc.constantFrom('', ' ', ':', '/', '@', '?', ',', ';', '"', '{', '[', '%', '\n', 'x', '0'),
    });
    fc.assert(
      fc.property(damage, ({ environment, variable, position, removed, added }) => {
        const entries = Object.entries(environment);
        const [name, text = ''] = entries[variable % entries.length] ?? ['PORT'];
        const at = position % (text.length + 1);
        const damaged = `${text.slice(0, at)}${added}${text.slice(at + removed)}`;
        expectNoSecret(printedBy({ ...environment, [name]: damaged }, undefined));
      }),
      { numRuns: 2000 },
    );
  });
});

function choose(name: string | undefined): MemcacheOptions {
  return name === undefined ? {} : { service: name };
}

/** Everything a person could see of a client with this environment. */
function printedBy(environment: Environment, chosen: string | undefined): string {
  try {
    const explanation = explain(discoverServers(choose(chosen), environment), 'auto');
    return `${inspect(explanation)}${JSON.stringify(explanation)}${String(explanation)}`;
  } catch (error) {
    expect(error).toMatchObject({ code: expect.stringMatching(/^MEMCACHE_(INVALID_OPTION|INVALID_TTL)$/) });
    return `${inspect(error, { depth: null, showHidden: true })}${String((error as Error).cause)}`;
  }
}

function expectNoSecret(printed: string): void {
  expect(SECRETS.filter((secret) => printed.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
}
