import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { credentialVariables, sourceKinds } from './server-sources.js';
import { urlOptionNames } from './url-options.js';

const page = readFileSync(new URL('../../../../docs/reference/environment.md', import.meta.url), 'utf8');

describe('docs/reference/environment.md', () => {
  it('lists every source in the order in which it is looked at', () => {
    const sources = [...page.matchAll(/^\| \d+ +\| (.+?) +\|/gm)].map(([, source]) => source?.replaceAll('`', ''));
    const documented = sources.map((source) =>
      source === 'any other *_URL' ? '*_URL with a scheme of memcache' : source,
    );
    expect(documented).toEqual(['option servers', 'option service', ...sourceKinds.map(({ name }) => name), 'none']);
  });

  it('names every variable with credentials', () => {
    for (const { username, password } of credentialVariables({})) {
      expect(page).toContain(`\`${username}\``);
      expect(page).toContain(`\`${password}\``);
    }
  });

  it('has every option of a URL in its table, and no other', () => {
    const [, table = ''] = /^## Options of a URL$(.*?)^## /ms.exec(page) ?? [];
    const documented = [...table.matchAll(/^\| (`.+?) +\|/gm)].flatMap(([, names = '']) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
    );
    expect(documented.sort()).toEqual([...urlOptionNames].sort());
  });
});
