import { afterAll, afterEach, beforeAll, beforeEach } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { setDefaultCache } from '../operations/default-cache.js';
import { embeddedMemcache, setStage, type Stage } from './stage.js';

/** Gives every test a stage of its own, whose cache is the default one. */
export function onDefaultStage(begin: (stage: Stage) => void): void {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  beforeEach(() => {
    const stage = setStage(memcache);
    setDefaultCache(stage.cache);
    begin(stage);
  });
  afterEach(() => {
    setDefaultCache(undefined);
  });
  afterAll(() => memcache.close());
}
