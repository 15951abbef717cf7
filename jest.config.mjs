/** One run for the whole project, on one pair of PostgreSQL servers (scripts/jest-setup.mjs). */
const transform = {
  '^.+\\.[mc]?ts$': [
    '@swc/jest',
    { jsc: { parser: { syntax: 'typescript' }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
  ],
};

export default {
  globalSetup: './scripts/jest-setup.mjs',
  globalTeardown: './scripts/jest-teardown.mjs',
  testTimeout: 30_000,
  projects: ['packages/*', 'apps/*'].map((pattern) => ({
    displayName: pattern.split('/')[0],
    rootDir: '.',
    testMatch: [`<rootDir>/${pattern}/test/**/*.test.ts`],
    testEnvironment: 'node',
    testEnvironmentOptions: { customExportConditions: ['@switchyard/source', 'node', 'require', 'default'] },
    extensionsToTreatAsEsm: [],
    transform,
    transformIgnorePatterns: ['/node_modules/'],
  })),
};
