const swc = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];

/** One run for the whole project, on one pair of PostgreSQL servers (scripts/jest-setup.mjs). */
const transform = {
  '^.+\\.[mc]?ts$': swc('typescript'),
  // @fastify/cookie imports cookie, which is ESM only, dynamically: jest cannot do that as it is.
  '/node_modules/(@fastify/cookie|cookie)/.+\\.js$': swc('ecmascript'),
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
    transformIgnorePatterns: ['/node_modules/(?!@fastify/cookie/|cookie/)'],
  })),
};
