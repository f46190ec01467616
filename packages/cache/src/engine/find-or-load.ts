/** From keys to their values. The first look is taken here, because most reads need no more; what follows is search.ts. */
import { mayBeDue } from '../policies/refresh-time.js';
import { isFresh } from '../policies/stale-policy.js';
import type { CacheRead } from './cache-options.js';
import type { Engine } from './engine.js';
import type { Look } from './entry-reader.js';
import { readOfEntry, type LoadTask } from './load-task.js';
import { Search } from './search.js';
import type { LoadSettings } from './settings.js';

type Read = CacheRead<unknown>;

/** @throws what the loader throws, or the client if `whenUnavailable` says so */
export async function findOrLoad<Value>(
  task: LoadTask<Value>,
  keys: readonly string[],
): Promise<ReadonlyMap<string, Read>> {
  const { engine, settings } = task;
  let look: Look;
  try {
    look = await engine.reader.look(keys, { tags: settings.tags });
  } catch (error) {
    return await new Search(task, keys).goWithout(error);
  }
  return await new Search(task, keys).goOn(look);
}

/**
 * One key. A fresh entry ends it at once: what else a search needs is made only after the first look has brought none.
 * @throws as `findOrLoad`
 */
export async function findOrLoadOne<Value>(
  engine: Engine,
  key: string,
  settings: LoadSettings<Value>,
  makeTask: () => LoadTask<Value>,
): Promise<Read> {
  let look: Look;
  try {
    look = await engine.reader.look([key], { tags: settings.tags });
  } catch (error) {
    return readFor(key, await new Search(makeTask(), [key]).goWithout(error));
  }
  const entry = mayBeDue(settings) ? undefined : look.entries.get(key);
  if (entry && isFresh(entry, engine.surroundings.now())) return readOfEntry(entry, 'hit');
  return readFor(key, await new Search(makeTask(), [key]).goOn(look));
}

function readFor(key: string, reads: ReadonlyMap<string, Read>): Read {
  // There is one for every key that was asked for.
  return reads.get(key) as Read;
}
