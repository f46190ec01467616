// Shared Jest preset: native ESM, TypeScript through SWC, siblings resolved to source.
import { fileURLToPath } from 'node:url';

export default {
  testEnvironment: fileURLToPath(new URL('./tools/jest-environment.mjs', import.meta.url)),
  testEnvironmentOptions: { customExportConditions: ['@memkit/source', 'node', 'node-addons'] },
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: true },
          keepClassNames: true,
        },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
};
