// Every test of the workspace in one Jest run; `npx nx test <project>` uses the project's own jest.config.mjs.
export default {
  projects: ['<rootDir>/packages/*', '<rootDir>/internal/*'],
  reporters: ['default', '<rootDir>/tools/summary-reporter.mjs'],
  coverageProvider: 'v8',
  collectCoverageFrom: ['packages/*/src/**/*.ts'],
  coverageDirectory: 'coverage',
  // Generous: tests start processes, and a busy machine needs seconds for one.
  testTimeout: 30_000,
  watchman: false,
};
