// Run by use-memcache-server.integration.spec.ts.
import { describe, expect, it } from '@jest/globals';
import { useMemcacheServer } from '@memkit/server/jest';
import { testsWithAServer } from './tests-with-a-server.mjs';

const equal = (actual, expected) => expect(actual).toBe(expected);

testsWithAServer({ describe, it, equal, useMemcacheServer });
