/** What is published: every package can be imported and required, and its manifest is sound. Needs `npm run build`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runNode } from './run-program.js';
import { workspaceRoot } from './workspace-root.js';

const packages = readdirSync(join(workspaceRoot, 'packages'));

describe.each(packages)('the built package %s', (name) => {
  it('has the same public names for import and for require()', async () => {
    const specifier = JSON.stringify(`@memkit/${name}`);
    const program = `
      import { createRequire } from 'node:module';
      const imported = Object.keys(await import(${specifier})).sort();
      const required = Object.keys(createRequire(process.cwd() + '/x.js')(${specifier})).filter((key) => key !== '__esModule').sort();
      console.log(JSON.stringify({ imported, required }));`;
    const { code, output } = await runNode(['--input-type=module', '-e', program]);
    expect({ code, output: code === 0 ? '' : output }).toEqual({ code: 0, output: '' });
    const { imported, required } = JSON.parse(output) as { imported: string[]; required: string[] };
    expect(imported.length).toBeGreaterThan(0);
    expect(required.filter((key) => key !== 'module.exports')).toEqual(
      imported.filter((key) => key !== 'module.exports'),
    );
  });

  it('has a manifest without mistakes', async () => {
    const program = `
      const { publint } = await import('publint');
      const { messages } = await publint({ pkgDir: ${JSON.stringify(join(workspaceRoot, 'packages', name))}, strict: true });
      console.log(JSON.stringify(messages));`;
    const { output } = await runNode(['--input-type=module', '-e', program]);
    expect(JSON.parse(output)).toEqual([]);
  });

  it('depends on its siblings in its own version', () => {
    const read = (folder: string) =>
      JSON.parse(readFileSync(join(workspaceRoot, 'packages', folder, 'package.json'), 'utf8')) as {
        version: string;
        dependencies?: Record<string, string>;
      };
    for (const [dependency, range] of Object.entries(read(name).dependencies ?? {})) {
      if (dependency.startsWith('@memkit/')) expect(range).toBe(read(dependency.replace('@memkit/', '')).version);
    }
  });
});
