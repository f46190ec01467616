import { describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/core';
import { runLoader, type Loaded } from '../engine/loader-run.js';
import { resolveLoad, STANDARD_DEFAULTS } from '../engine/settings.js';
import { heardOn } from '../spec-support/heard.js';
import type { CacheTroubleMessage } from '../telemetry/channels.js';
import { addTags } from './add-tags.js';

const settings = resolveLoad<string>(undefined, STANDARD_DEFAULTS, 'read()');

function explain(cause: unknown): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: 'Cannot tag', detail: 'explained', cause });
}

/** A load of 'value' that adds these tags, and what it publishes. */
async function loadWith(tags: () => readonly string[]) {
  const loads: Loaded<string>[] = [];
  const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
    const loader = (context: Parameters<typeof addTags>[0]): string => {
      addTags(context, tags, 'Users.findOne', explain);
      return 'value';
    };
    loads.push(await runLoader(loader, 'user:1', settings, undefined, new AbortController().signal));
  });
  return { loaded: loads[0], troubles };
}

describe('addTags', () => {
  it('adds the tags, and publishes nothing', async () => {
    const { loaded, troubles } = await loadWith(() => ['users', 'country:fr']);
    expect(loaded).toMatchObject({ value: 'value', mayStore: true, tags: ['users', 'country:fr'] });
    expect(troubles).toEqual([]);
  });

  it('returns the result, does not store it and publishes the explained failure when the tags cannot be told', async () => {
    const cause = new TypeError('no team');
    const { loaded, troubles } = await loadWith(() => {
      throw cause;
    });
    expect(loaded).toMatchObject({ value: 'value', mayStore: false, tags: [] });
    expect(troubles).toMatchObject([
      { operation: 'store', key: 'Users.findOne', error: { message: expect.stringContaining('explained'), cause } },
    ]);
  });

  it('publishes as it is what says already what to do: a text is no list of tags', async () => {
    const { loaded, troubles } = await loadWith(() => 'users' as never);
    expect(loaded).toMatchObject({ value: 'value', mayStore: false, tags: [] });
    expect(troubles).toMatchObject([
      {
        operation: 'store',
        key: 'Users.findOne',
        error: { code: 'MEMCACHE_INVALID_OPTION', message: expect.stringMatching(/"tags".*list of strings/) },
      },
    ]);
  });
});
