import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import { defineConfig, globalIgnores } from 'eslint/config';
import prettier from 'eslint-config-prettier';
import globals from 'globals';
import tseslint from 'typescript-eslint';

// The arrows of docs/architecture.md: a layer may import what stands behind it, and nothing else.
const arrows = {
  'layer:protocol': [],
  'layer:server': ['layer:protocol'],
  'layer:core': ['layer:protocol', 'layer:server'],
  'layer:cache': ['layer:core'],
  'layer:cache-manager': ['layer:core'],
  'layer:express-session': ['layer:core'],
  'layer:views': ['layer:cache', 'layer:core'],
  'layer:nestjs': ['layer:cache', 'layer:core', 'layer:views'],
};
const everything = ['*'];

const depConstraints = [
  ...Object.entries(arrows).map(([sourceTag, targets]) => ({
    sourceTag,
    // Specs may use the launcher of real servers; sources may not (see the rule on packages/*/src below).
    onlyDependOnLibsWithTags: [...targets, 'layer:testing'],
  })),
  { sourceTag: 'layer:testing', onlyDependOnLibsWithTags: ['layer:testing'] },
  { sourceTag: 'layer:cross-tests', onlyDependOnLibsWithTags: everything },
  { sourceTag: 'layer:app', onlyDependOnLibsWithTags: everything },
];

// A skipped test is a hole that nobody sees, and an `only` skips all others.
const leftOut = ['describe', 'it', 'test'].flatMap((object) =>
  ['skip', 'only', 'todo', 'failing'].map((property) => ({
    object,
    property,
    message: 'Every test runs. What a machine may lack, the set-up of the file names in a sentence.',
  })),
);

export default defineConfig(
  globalIgnores(['**/dist', '**/out-tsc', '**/coverage', '.nx']),
  js.configs.recommended,
  { languageOptions: { globals: globals.node } },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-extraneous-class': ['error', { allowWithDecorator: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/no-invalid-void-type': 'off',
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: true, allow: [], depConstraints }],
    },
  },
  {
    files: ['packages/*/src/**/*.ts'],
    ignores: ['**/*.spec.ts', '**/spec-support/**'],
    rules: {
      'no-console': 'error',
      'max-lines': ['error', { max: 350, skipBlankLines: true, skipComments: true }],
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['@memkit/testing'], message: 'Only specs may start servers.' }] },
      ],
      'no-restricted-syntax': [
        'error',
        {
          selector: 'NewExpression[callee.name="Error"]',
          message: 'Throw a MemcacheError: it has a code and says what to do.',
        },
        { selector: 'TSEnumDeclaration', message: 'Use a const object and a union.' },
      ],
    },
  },
  {
    files: ['**/*.spec.ts'],
    rules: {
      'no-restricted-properties': ['error', ...leftOut],
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-confusing-void-expression': 'off',
    },
  },
  prettier,
);
