import { describe, expect, it } from '@jest/globals';
import { defaultSettings } from './default-options.js';
import { jsonSerializer } from '../values/json-serializer.js';
import type { MemcacheOptions } from './memcache-options.js';
import { assertOptions, resolveOptions } from './resolve-options.js';

const PEM = '-----BEGIN CERTIFICATE-----';

function messageOf(options: unknown, code = 'MEMCACHE_INVALID_OPTION'): string {
  try {
    assertOptions(options);
    resolveOptions(options);
  } catch (error) {
    expect(error).toMatchObject({ code });
    return (error as Error).message;
  }
  throw new Error('the options were accepted');
}

describe('resolveOptions', () => {
  it('gives the documented defaults', () => {
    expect(resolveOptions({})).toEqual({
      requireAuth: false,
      tls: undefined,
      protocol: 'auto',
      timeoutMs: 1000,
      ttlMs: Number.POSITIVE_INFINITY,
      keyPrefix: '',
      itemSizeMax: undefined,
      onTooLarge: 'error',
      compression: { threshold: 4096, algorithm: 'deflate' },
      serializer: jsonSerializer,
      profile: 'memkit',
      pool: 1,
      maxQueuedRequests: 100_000,
      maxQueuedBytes: 268_435_456,
      ring: 'ketama',
      failover: 'next',
      replicas: 0,
      health: { failures: 3, downTimeMs: 1000, maxDownTimeMs: 30_000 },
      discovery: { method: undefined, refreshMs: 60_000 },
      reconnect: { initialDelayMs: 50, maxDelayMs: 2000 },
    });
  });

  it('takes every option over', () => {
    const serializer = { serialize: () => '', deserialize: () => null };
    const options: MemcacheOptions = {
      requireAuth: true,
      tls: { ca: PEM, cert: PEM, key: PEM, passphrase: 'open', servername: 'cache', rejectUnauthorized: false },
      protocol: 'text',
      timeout: '250ms',
      ttl: '10m',
      keyPrefix: 'shop:',
      itemSizeMax: 2_097_152,
      onTooLarge: 'chunk',
      compression: { threshold: 100, algorithm: 'brotli' },
      serializer,
      profile: 'dalli-json',
      pool: 5,
      maxQueuedRequests: 10,
      maxQueuedBytes: 1_048_576,
      ring: 'dalli',
      failover: { gutter: { servers: 'spare:11211', ttl: '30s' } },
      replicas: 2,
      health: { failures: 1, downTime: '5s', maxDownTime: '1m' },
      discovery: { method: 'dns', refresh: '5s' },
      reconnect: { initialDelay: '10ms', maxDelay: '5s' },
    };
    expect(resolveOptions(options)).toEqual({
      requireAuth: true,
      tls: { ca: PEM, cert: PEM, key: PEM, passphrase: 'open', servername: 'cache', rejectUnauthorized: false },
      protocol: 'text',
      timeoutMs: 250,
      ttlMs: 600_000,
      keyPrefix: 'shop:',
      itemSizeMax: 2_097_152,
      onTooLarge: 'chunk',
      compression: { threshold: 100, algorithm: 'brotli' },
      serializer,
      profile: 'dalli-json',
      pool: 5,
      maxQueuedRequests: 10,
      maxQueuedBytes: 1_048_576,
      ring: 'dalli',
      failover: { servers: 'spare:11211', ttlMs: 30_000 },
      replicas: 2,
      health: { failures: 1, downTimeMs: 5000, maxDownTimeMs: 60_000 },
      discovery: { method: 'dns', refreshMs: 5000 },
      reconnect: { initialDelayMs: 10, maxDelayMs: 5000 },
    });
  });

  it('understands the words of a URL for switches', () => {
    const asText = { requireAuth: 'true', compression: 'false' } as unknown as MemcacheOptions;
    expect(resolveOptions(asText)).toMatchObject({ requireAuth: true, compression: false });
  });

  it('turns TLS on with the defaults, off, or leaves it to the URLs', () => {
    expect(resolveOptions({ tls: true }).tls).toEqual({});
    expect(resolveOptions({ tls: false }).tls).toBe(false);
    expect(resolveOptions({}).tls).toBeUndefined();
  });

  it('fills the gaps of grouped options', () => {
    expect(resolveOptions({ compression: { algorithm: 'gzip' } }).compression).toEqual({
      threshold: 4096,
      algorithm: 'gzip',
    });
    expect(resolveOptions({ failover: { gutter: { servers: 'spare' } } }).failover).toEqual({
      servers: 'spare',
      ttlMs: 10_000,
    });
    expect(resolveOptions({ health: { downTime: '1m' } }).health).toEqual({
      failures: 3,
      downTimeMs: 60_000,
      maxDownTimeMs: 60_000,
    });
    expect(resolveOptions({ discovery: { refresh: '1s' } }).discovery).toEqual({ method: undefined, refreshMs: 1000 });
  });

  it('keeps the two waits of reconnect in order when one is given', () => {
    expect(resolveOptions({ reconnect: { initialDelay: '5s' } }).reconnect).toEqual({
      initialDelayMs: 5000,
      maxDelayMs: 5000,
    });
    expect(resolveOptions({ reconnect: { maxDelay: '10ms' } }).reconnect).toEqual({
      initialDelayMs: 10,
      maxDelayMs: 10,
    });
  });

  it('accepts the smallest and largest value of each range', () => {
    const ranges = {
      itemSizeMax: [1024, 1_073_741_824],
      pool: [1, 100],
      maxQueuedRequests: [1, 10_000_000],
      maxQueuedBytes: [1_048_576, 17_179_869_184],
      replicas: [0, 10],
    };
    for (const [name, values] of Object.entries(ranges)) {
      for (const value of values) expect(resolveOptions({ [name]: value })).toMatchObject({ [name]: value });
    }
    for (const threshold of [0, 1_073_741_824]) {
      expect(resolveOptions({ compression: { threshold } }).compression).toMatchObject({ threshold });
    }
    for (const failures of [1, 1000])
      expect(resolveOptions({ health: { failures } }).health).toMatchObject({ failures });
    for (const [ttl, ttlMs] of [
      ['1s', 1000],
      ['1d', 86_400_000],
    ] as const) {
      expect(resolveOptions({ failover: { gutter: { servers: 'spare', ttl } } }).failover).toMatchObject({ ttlMs });
    }
    expect(resolveOptions({ keyPrefix: 'k'.repeat(249) }).keyPrefix).toHaveLength(249);
  });

  it.each([
    [{ protocol: 'http' }, `option "protocol": got "http". Allowed: 'auto', 'meta', 'text', 'binary'.`],
    [
      { failover: true },
      `option "failover": got a value of type boolean. Allowed: 'next', 'none' or { gutter: { servers } }.`,
    ],
    [{ itemSizeMax: 1023 }, 'option "itemSizeMax": got 1023. Allowed: a whole number from 1024 to 1073741824.'],
    [{ itemSizeMax: 1_073_741_825 }, 'got 1073741825. Allowed: a whole number from 1024 to 1073741824.'],
    [{ itemSizeMax: '1m' }, 'option "itemSizeMax": got a value of type string.'],
    [{ failover: 'nxt' }, `option "failover": got "nxt". Allowed: 'next', 'none'.`],
    [{ failover: { gutter: {} } }, 'option "failover.gutter.servers": it is missing'],
    [{ failover: { gutter: { servers: 'a', ttl: '2d' } } }, 'it is not from 1 second to 1 day'],
    [{ failover: { gutter: { server: 'a' } } }, 'Did you mean "servers"?'],
    [{ failover: { guter: {} } }, `option "failover": got a value of type object`],
    [{ health: { failures: 0 } }, 'option "health.failures": got 0. Allowed: a whole number from 1 to 1000.'],
    [{ health: { downTime: '2s', maxDownTime: '1s' } }, 'it is shorter than health.downTime'],
    [{ health: { downtime: '2s' } }, 'Did you mean "downTime"?'],
    [{ discovery: { refresh: '500ms' } }, 'option "discovery.refresh": it is shorter than 1 second'],
    [{ discovery: { method: 'consul' } }, `Allowed: 'static', 'dns', 'srv', 'elasticache'.`],
    [{ discovery: 'dns' }, 'option "discovery": got a value of type string. Give an object.'],
    [{ replicas: 11 }, 'option "replicas": got 11. Allowed: a whole number from 0 to 10.'],
    [{ ring: 'ketma' }, `option "ring": got "ketma". Allowed: 'ketama', 'pylibmc-ketama'`],
    [{ profile: 'ruby' }, `option "profile": got "ruby". Allowed: 'memkit', 'memjs'`],
    [{ onTooLarge: 'split' }, `Allowed: 'error', 'chunk', 'skip'.`],
    [{ failover: { gutter: { servers: 'a', ttl: '999ms' } } }, 'it is not from 1 second to 1 day'],
    [{ health: { failures: 1001 } }, 'got 1001. Allowed: a whole number from 1 to 1000.'],
    [{ compression: { threshold: -1 } }, 'Allowed: a whole number from 0 to 1073741824.'],
    [{ compression: { threshold: 1_073_741_825 } }, 'got 1073741825'],
    [{ replicas: -1 }, 'got -1. Allowed: a whole number from 0 to 10.'],
    [{ pool: 101 }, 'got 101. Allowed: a whole number from 1 to 100.'],
    [{ maxQueuedRequests: 10_000_001 }, 'got 10000001'],
    [{ maxQueuedBytes: 17_179_869_185 }, 'got 17179869185'],
    [{ pool: 0 }, 'option "pool": got 0. Allowed: a whole number from 1 to 100.'],
    [{ maxQueuedBytes: 5 }, 'Allowed: a whole number from 1048576 to 17179869184.'],
    [{ compression: 'yes' }, 'option "compression": got "yes". Give true or false.'],
    [{ compression: { treshold: 1 } }, 'Did you mean "threshold"?'],
    [{ compression: { algorithm: 'zip' } }, `Allowed: 'deflate', 'gzip', 'brotli'.`],
    [{ serializer: { serialize: () => '' } }, 'option "serializer.deserialize": got a value of type undefined'],
    [{ serializer: 'json' }, 'option "serializer": got a value of type string. Give an object.'],
    [{ requireAuth: 'maybe' }, 'option "requireAuth": got "maybe". Give true or false.'],
    [{ service: 5 }, 'option "service": got a value of type number'],
    [{ tls: 'yes' }, 'option "tls": got a value of type string. Give an object.'],
    [{ tls: { ca: '/etc/ca.pem' } }, 'Give the content of the PEM file, not its path.'],
    [{ tls: { ca: [PEM, 5] } }, 'option "tls.ca": got a value of type number'],
    [{ tls: { cert: PEM } }, 'only one of cert and key is given'],
    [{ tls: { serverName: 'x' } }, 'Did you mean "servername"?'],
    [{ tls: { rejectUnauthorized: 0 } }, 'option "tls.rejectUnauthorized": got a value of type number'],
    [{ tls: { passphrase: 5 } }, 'option "tls.passphrase": got a value of type number'],
    [{ auth: { username: 'u', password: 'p', mechanism: 'cram' } }, `'auto', 'sasl', 'ascii', 'memcachier'.`],
    [{ maxQueuedRequests: 0 }, 'option "maxQueuedRequests": got 0. Allowed: a whole number from 1 to 10000000.'],
    [{ maxQueuedRequests: 1.5 }, 'got 1.5'],
    [{ keyPrefix: 5 }, 'option "keyPrefix": got a value of type number. Give a string.'],
    [{ keyPrefix: 'a b' }, 'option "keyPrefix": character 2 of it is a space'],
    [{ keyPrefix: 'k'.repeat(250) }, 'it leaves no byte for the key. Use less than 250 bytes'],
    [{ keyPrefix: 'k'.repeat(251) }, 'it has 251 bytes and memcached allows 250'],
    [{ timeout: 500 }, "timeout 500 is ambiguous. Write '500s' for seconds or '500ms' for milliseconds."],
    [{ timeout: '25d' }, 'it is longer than 2147483647 milliseconds (24 days). Give a shorter span.'],
    [{ reconnect: 5 }, 'option "reconnect": got a value of type number. Give an object.'],
    [{ reconnect: { maxdelay: '1s' } }, 'Did you mean "maxDelay"?'],
    [{ reconnect: { initialDelay: '2s', maxDelay: '1s' } }, 'it is shorter than reconnect.initialDelay'],
    [{ reconnect: { initialDelay: 50 } }, 'reconnect.initialDelay 50 is ambiguous'],
    [{ auth: 'alice' }, 'option "auth": got a value of type string. Give an object.'],
    [{ auth: { username: '', password: 'p' } }, 'option "auth.username": got an empty string'],
    [{ auth: { username: 'u' } }, 'option "auth.password": got a value of type undefined. Give a string.'],
    [{ auth: { usrname: 'u', password: 'p' } }, 'Did you mean "username"?'],
    [{ auth: { username: 'u', password: 'hunter2\0' } }, 'username or password holds a NUL character'],
    [{ auth: { username: 'u\r\nflush_all', password: 'p' } }, 'username or password holds a line end. Take it away'],
    [{ auth: { username: 'u', password: 'hunter2\n' } }, 'username or password holds a line end'],
    [{ environment: 'production' }, 'option "environment": got a value of type string.'],
    [{ timeuot: '1s' }, 'Cannot use the option "timeuot" of createMemcache(): there is no option of this name'],
    ['localhost:11211', 'Cannot use option "options" of createMemcache(): got a value of type string. Give an object.'],
    [null, 'got null'],
  ])('refuses %j and says what is allowed', (options, message) => {
    expect(messageOf(options)).toContain(message);
  });

  it('names the nearest option for a misspelled one', () => {
    expect(messageOf({ keyprefix: 'x' })).toContain('Did you mean "keyPrefix"?');
  });

  it('never shows a password', () => {
    expect(messageOf({ auth: { username: 1, password: 'hunter2' } })).not.toContain('hunter2');
    expect(messageOf({ auth: { username: 'u', password: 'hunter2\0' } })).not.toContain('hunter2');
  });

  it('refuses a bare number as ttl with both readings', () => {
    expect(messageOf({ ttl: 600 }, 'MEMCACHE_INVALID_TTL')).toBe(
      "Cannot use option \"ttl\": ttl 600 is ambiguous. Write '600s' for seconds or '600ms' for milliseconds.",
    );
  });

  it('has its defaults in one place', () => {
    expect(resolveOptions({})).toEqual(defaultSettings);
  });
});
