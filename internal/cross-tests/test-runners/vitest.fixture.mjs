// Run by use-memcache-server.integration.spec.ts.
import { useMemcacheServer } from '@memkit/server/vitest';
import { describe, expect, it } from 'vitest';
import { testsWithAServer } from './tests-with-a-server.mjs';

const equal = (actual, expected) => expect(actual).toBe(expected);

testsWithAServer({ describe, it, equal, useMemcacheServer });
