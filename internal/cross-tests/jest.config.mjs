import preset from '../../jest.preset.mjs';

// For machines without these clients, and only there: nothing in CI sets it. tools/ensure-memcached.mjs names it.
const leftOut = process.env.MEMKIT_OTHER_LANGUAGES === 'off' ? ['/other-languages\\.integration\\.spec\\.ts$'] : [];

export default {
  ...preset,
  displayName: 'cross-tests',
  testPathIgnorePatterns: ['/node_modules/', ...leftOut],
};
