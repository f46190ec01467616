export default {
  root: import.meta.dirname,
  ssr: { resolve: { conditions: ['@memkit/source', 'node'], externalConditions: ['@memkit/source', 'node'] } },
  test: { include: ['vitest.fixture.mjs'], reporters: ['verbose'], cache: false },
};
