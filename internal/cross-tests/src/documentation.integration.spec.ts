/**
 * Every code block of the README files and of docs/ is true: `ts` blocks compile, `js` blocks run to their end and,
 * where a comment says `// prints: …`, print that.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import ts from 'typescript';
import { fromSource, runNode } from './run-program.js';
import { workspaceRoot } from './workspace-root.js';

interface Snippet {
  readonly title: string;
  readonly language: 'ts' | 'js';
  readonly code: string;
}

const foldersIn = (parent: string): string[] =>
  readdirSync(join(workspaceRoot, parent)).map((name) => `${parent}/${name}`);
const packageFolders = foldersIn('packages');

const pages = [
  'README.md',
  ...[...packageFolders, ...foldersIn('examples')].map((folder) => `${folder}/README.md`),
  ...readdirSync(join(workspaceRoot, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].filter((page) => existsSync(join(workspaceRoot, page)));

function snippetsOf(page: string): Snippet[] {
  const text = readFileSync(join(workspaceRoot, page), 'utf8');
  return [...text.matchAll(/^```(ts|typescript|js|javascript|mjs)\n(.*?)^```$/gms)].map((match) => ({
    title: `${page}:${String(text.slice(0, match.index).split('\n').length)}`,
    language: match[1]?.startsWith('t') ? 'ts' : 'js',
    code: match[2] ?? '',
  }));
}

const snippets = pages.flatMap(snippetsOf);
// Inside the workspace, so that the snippets resolve packages as a user's project would.
const directory = mkdtempSync(join(workspaceRoot, 'internal/cross-tests/out-snippets-'));
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function compileAll(blocks: readonly Snippet[]): Map<string, string[]> {
  const config = ts.readConfigFile(join(workspaceRoot, 'tsconfig.base.json'), (path) => ts.sys.readFile(path));
  const { options } = ts.parseJsonConfigFileContent(config.config, ts.sys, workspaceRoot);
  const titles = new Map<string, string>();
  blocks.forEach(({ title, code }, index) => {
    const file = join(directory, `snippet-${String(index)}.mts`);
    writeFileSync(file, `${code}\nexport {};\n`);
    titles.set(file, title);
  });
  const program = ts.createProgram([...titles.keys()], {
    ...options,
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
  });
  const problems = new Map<string, string[]>();
  for (const diagnostic of ts.getPreEmitDiagnostics(program)) {
    const title =
      titles.get(diagnostic.file?.fileName ?? '') ?? relative(workspaceRoot, diagnostic.file?.fileName ?? '');
    const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n');
    problems.set(title, [...(problems.get(title) ?? []), text]);
  }
  return problems;
}

describe('documentation', () => {
  it('has code to check', () => {
    expect(snippets.length).toBeGreaterThan(8);
  });

  it('every relative link leads to a file', () => {
    const rootPages = ['CONTRIBUTING.md', 'SECURITY.md', 'AGENTS.md', 'CHANGELOG.md'];
    const broken = [...pages, ...rootPages].flatMap((page) => {
      const links = readFileSync(join(workspaceRoot, page), 'utf8').matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g);
      return [...links]
        .map((link) => link[1] ?? '')
        .filter((link) => !existsSync(join(workspaceRoot, dirname(page), link)))
        .map((link) => `${page}: ${link}`);
    });
    expect(broken).toEqual([]);
  });

  it('every page for users is linked from the README', () => {
    const readme = readFileSync(join(workspaceRoot, 'README.md'), 'utf8');
    const forUsers = pages.filter((page) => /^docs\/(concepts|reference|migrating)\//.test(page));
    expect(forUsers.length).toBeGreaterThan(10);
    expect(forUsers.filter((page) => !readme.includes(`](${page})`))).toEqual([]);
  });

  it('every ts block compiles', () => {
    const problems = compileAll(snippets.filter(({ language }) => language === 'ts'));
    expect(Object.fromEntries(problems)).toEqual({});
  });

  const runnable = snippets
    .filter(({ language }) => language === 'js')
    .map((snippet) => [snippet.title, snippet] as const);
  it.each(runnable)('%s runs as pasted', async (title, { code }) => {
    const file = join(directory, `${title.replace(/\W+/g, '-')}.mjs`);
    writeFileSync(file, code);
    const result = await runNode([...fromSource, file]);
    expect({ code: result.code, output: result.code === 0 ? '' : result.output }).toEqual({ code: 0, output: '' });
    for (const [, expected] of code.matchAll(/\/\/ prints: (.+)$/gm)) expect(result.output).toContain(expected);
  });
});

describe('the README', () => {
  it('lists every package with its real name', () => {
    const readme = readFileSync(join(workspaceRoot, 'README.md'), 'utf8');
    for (const folder of packageFolders) {
      const { name } = JSON.parse(readFileSync(join(workspaceRoot, folder, 'package.json'), 'utf8')) as {
        name: string;
      };
      expect(readme).toContain(`\`${name}\``);
    }
  });
});
