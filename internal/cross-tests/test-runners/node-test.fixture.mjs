// Run by use-memcache-server.integration.spec.ts.
import { strict } from 'node:assert';
import { describe, it } from 'node:test';
import { useMemcacheServer } from '@memkit/server/node-test';
import { testsWithAServer } from './tests-with-a-server.mjs';

testsWithAServer({ describe, it, equal: strict.equal, useMemcacheServer });
