import preset from '../../../jest.preset.mjs';
export default {
  ...preset,
  rootDir: import.meta.dirname,
  testMatch: ['<rootDir>/jest.fixture.mjs'],
  moduleFileExtensions: ['mjs', 'js', 'ts', 'json'],
};
