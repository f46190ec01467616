import { describe, expect, it } from '@jest/globals';
import { defaultSettings } from './default-options.js';
import type { MemcacheOptions } from './memcache-options.js';
import { assertOptions, resolveOptions } from './resolve-options.js';

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
      protocol: 'auto',
      timeoutMs: 1000,
      ttlMs: Number.POSITIVE_INFINITY,
      keyPrefix: '',
      itemSizeMax: 1_048_576,
      maxQueuedRequests: 100_000,
      failover: 'next',
      reconnect: { initialDelayMs: 50, maxDelayMs: 2000 },
    });
  });

  it('takes every option over', () => {
    const options: MemcacheOptions = {
      protocol: 'binary',
      timeout: '250ms',
      ttl: '10m',
      keyPrefix: 'shop:',
      itemSizeMax: 2_097_152,
      maxQueuedRequests: 10,
      failover: 'none',
      reconnect: { initialDelay: '10ms', maxDelay: '5s' },
    };
    expect(resolveOptions(options)).toEqual({
      protocol: 'binary',
      timeoutMs: 250,
      ttlMs: 600_000,
      keyPrefix: 'shop:',
      itemSizeMax: 2_097_152,
      maxQueuedRequests: 10,
      failover: 'none',
      reconnect: { initialDelayMs: 10, maxDelayMs: 5000 },
    });
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
    for (const itemSizeMax of [1024, 1_073_741_824])
      expect(resolveOptions({ itemSizeMax })).toMatchObject({ itemSizeMax });
    for (const maxQueuedRequests of [1, 10_000_000]) {
      expect(resolveOptions({ maxQueuedRequests })).toMatchObject({ maxQueuedRequests });
    }
    expect(resolveOptions({ keyPrefix: 'k'.repeat(249) }).keyPrefix).toHaveLength(249);
  });

  it.each([
    [{ protocol: 'http' }, `option "protocol": got "http". Allowed: 'auto', 'meta', 'binary'.`],
    [{ failover: true }, `option "failover": got a value of type boolean. Allowed: 'next', 'none'.`],
    [{ itemSizeMax: 1023 }, 'option "itemSizeMax": got 1023. Allowed: a whole number from 1024 to 1073741824.'],
    [{ itemSizeMax: 1_073_741_825 }, 'got 1073741825. Allowed: a whole number from 1024 to 1073741824.'],
    [{ itemSizeMax: '1m' }, 'option "itemSizeMax": got a value of type string.'],
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
