/** Every field of every exported options interface is described in its package's README. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { workspaceRoot } from './workspace-root.js';

interface OptionsInterface {
  readonly name: string;
  readonly fields: readonly string[];
}

function sourceFiles(packageName: string): ts.SourceFile[] {
  const folder = join(workspaceRoot, 'packages', packageName, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2022));
}

/** The names that the package's users can import. */
function publicNames(packageName: string): Set<string> {
  const index = readFileSync(join(workspaceRoot, 'packages', packageName, 'src/index.ts'), 'utf8');
  return new Set(index.match(/\b[A-Z]\w*Options\b/g) ?? []);
}

function optionsInterfaces(packageName: string): OptionsInterface[] {
  const known = publicNames(packageName);
  return sourceFiles(packageName)
    .flatMap((file) => file.statements.filter((statement) => ts.isInterfaceDeclaration(statement)))
    .filter((declaration) => known.has(declaration.name.text))
    .map((declaration) => ({
      name: declaration.name.text,
      fields: declaration.members.flatMap((member) =>
        member.name && ts.isIdentifier(member.name) ? [member.name.text] : [],
      ),
    }));
}

const packages = readdirSync(join(workspaceRoot, 'packages')).filter((name) =>
  existsSync(join(workspaceRoot, 'packages', name, 'package.json')),
);
const all = packages.flatMap((name) =>
  optionsInterfaces(name).map((options) => [name, options.name, options] as const),
);

describe('option tables', () => {
  it('finds options to check', () => {
    expect(all.length).toBeGreaterThan(5);
  });

  it.each(all)('the README of %s describes every field of %s', (packageName, _name, { fields }) => {
    const readme = readFileSync(join(workspaceRoot, 'packages', packageName, 'README.md'), 'utf8');
    // `ttl` in a table cell, or with its group in front: `auth.username`.
    const missing = fields.filter((field) => !new RegExp(`\`(?:\\w+\\.)*${field}\\b`).test(readme));
    expect(missing).toEqual([]);
  });
});
