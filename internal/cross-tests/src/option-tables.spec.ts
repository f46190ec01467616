/** Every field of every exported options or policy interface, also an inherited one, is described in its package's README. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { workspaceRoot } from './workspace-root.js';

type Declaration = ts.InterfaceDeclaration | ts.TypeAliasDeclaration;

function sourceFiles(packageName: string): ts.SourceFile[] {
  const folder = join(workspaceRoot, 'packages', packageName, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.spec.ts'))
    .map((name) => ts.createSourceFile(name, readFileSync(join(folder, name), 'utf8'), ts.ScriptTarget.ES2022));
}

/** The names that the package's users can import. */
function publicNames(packageName: string): Set<string> {
  const index = readFileSync(join(workspaceRoot, 'packages', packageName, 'src/index.ts'), 'utf8');
  return new Set(index.match(/\b[A-Z]\w*(?:Options|Policy)\b/g) ?? []);
}

function isDeclaration(node: ts.Node): node is Declaration {
  return ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node);
}

/** The names of the types it is made of: what an interface extends, what an alias stands for. */
function parentsOf(declaration: Declaration): string[] {
  if (ts.isInterfaceDeclaration(declaration)) {
    const types = declaration.heritageClauses?.flatMap((clause) => [...clause.types]) ?? [];
    return types.flatMap(({ expression }) => (ts.isIdentifier(expression) ? [expression.text] : []));
  }
  const { type } = declaration;
  return ts.isTypeReferenceNode(type) && ts.isIdentifier(type.typeName) ? [type.typeName.text] : [];
}

function optionsOf(packageName: string): (readonly [name: string, fields: readonly string[]])[] {
  const known = publicNames(packageName);
  const declarations = sourceFiles(packageName).flatMap((file) => file.statements.filter(isDeclaration));
  const byName = new Map(declarations.map((declaration) => [declaration.name.text, declaration]));
  // What it inherits from an exported one is looked at there.
  const fieldsOf = (declaration: Declaration): string[] => [
    ...(ts.isInterfaceDeclaration(declaration) ? declaration.members : []).flatMap(({ name }) =>
      name && ts.isIdentifier(name) ? [name.text] : [],
    ),
    ...parentsOf(declaration).flatMap((parent) => {
      const inherited = known.has(parent) ? undefined : byName.get(parent);
      return inherited ? fieldsOf(inherited) : [];
    }),
  ];
  return declarations
    .filter((declaration) => known.has(declaration.name.text))
    .map((declaration) => [declaration.name.text, [...new Set(fieldsOf(declaration))]]);
}

const packages = readdirSync(join(workspaceRoot, 'packages')).filter((name) =>
  existsSync(join(workspaceRoot, 'packages', name, 'package.json')),
);
// A choice of texts has no fields.
const all = packages.flatMap((name) =>
  optionsOf(name).flatMap(([options, fields]) => (fields.length > 0 ? [[name, options, fields] as const] : [])),
);

describe('option tables', () => {
  it('finds options to check', () => {
    expect(all.length).toBeGreaterThan(5);
  });

  it.each([
    ['a policy', 'ReadPolicy', 'earlyExpiry'],
    ['what is inherited', 'ReadThroughMultiOptions', 'condition'],
    ['an alias', 'ReadCounterOptions', 'unless'],
  ])('finds the fields of %s', (_what, name, field) => {
    expect(all.find(([, options]) => options === name)?.[2]).toContain(field);
  });

  it.each(all)('the README of %s describes every field of %s', (packageName, _name, fields) => {
    const readme = readFileSync(join(workspaceRoot, 'packages', packageName, 'README.md'), 'utf8');
    // `ttl` in a table cell, or with its group in front: `auth.username`.
    const missing = fields.filter((field) => !new RegExp(`\`(?:\\w+\\.)*${field}\\b`).test(readme));
    expect(missing).toEqual([]);
  });
});
