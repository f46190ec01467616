import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { Credentials, credentialsFailure } from './credentials.js';

const alice = { username: 'alice', password: 'hunter2' };

describe('Credentials', () => {
  it('are shown by nothing', () => {
    const shown = inspect([new Credentials(alice), new Credentials(() => alice)], { depth: 9, showHidden: true });
    expect(shown).not.toMatch(/alice|hunter2/);
  });

  it('asks a function each time and copies what it gives', async () => {
    const mutable = { ...alice };
    const credentials = new Credentials(() => mutable);
    const first = await credentials.read();
    mutable.password = 'other';
    expect(first).toEqual(alice);
    expect((await credentials.read()).password).toBe('other');
  });

  it.each([
    ['rejects', () => Promise.reject(new Error('hunter2')), /the function of option "auth" failed/],
    [
      'throws',
      () => {
        throw new Error('hunter2');
      },
      /the function of option "auth" failed/,
    ],
    ['gives nothing', () => undefined as never, /gave no credentials/],
    ['gives half', () => ({ username: 'alice' }) as never, /gave no credentials .*auth.password/],
    ['gives a NUL', () => ({ username: 'a', password: 'hunter2\0' }), /gave no credentials .*NUL/],
  ])('a function that %s is an error that shows no credential', async (_, source, reason) => {
    const error: unknown = await new Credentials(source).read().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MEMCACHE_AUTH_FAILED', message: expect.stringMatching(reason) });
    expect(String(error)).not.toContain('hunter2');
    expect(credentialsFailure(error)).toMatchObject({ name: 'AUTH_FAILED', detail: expect.stringMatching(reason) });
  });
});
