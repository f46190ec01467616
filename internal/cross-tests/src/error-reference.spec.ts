/** docs/reference/errors.md is what the error table says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { errorCodes, MemcacheError, type ErrorName } from '@memkit/protocol';
import { workspaceRoot } from './workspace-root.js';

const page = readFileSync(join(workspaceRoot, 'docs/reference/errors.md'), 'utf8');

describe('the error reference', () => {
  it.each(Object.keys(errorCodes) as ErrorName[])('has a section for %s with the advice the error gives', (name) => {
    const error = new MemcacheError(name, { action: 'Cannot do it' });
    const section = page.split('\n## ').find((part) => part.startsWith(`${error.code}\n`));
    expect(section).toBeDefined();
    expect(section).toContain(error.hint);
    expect(section).toContain(error.retryable ? 'It may, later.' : 'No.');
    expect(section).toMatch(/When it comes:\n\n- /);
  });

  it('has no section for a code that does not exist', () => {
    const sections = [...page.matchAll(/^## MEMCACHE_(\w+)$/gm)].map((match) => match[1]);
    expect(sections.sort()).toEqual(Object.keys(errorCodes).sort());
  });
});
