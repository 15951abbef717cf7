const swc = (syntax) => [
  '@swc/jest',
  { jsc: { parser: { syntax }, target: 'es2023' }, module: { type: 'commonjs' }, sourceMaps: 'inline' },
];

/** One run for the whole project, on one pair of PostgreSQL servers (scripts/jest-setup.mjs). */
const transform = {
  '^.+\\.[mc]?ts$': swc('typescript'),
  // @fastify/cookie imports cookie, and the databases Prisma's engine, dynamically, and both are ESM only: jest cannot do
  // that as it is.
  '/node_modules/(@fastify/cookie|cookie|@prisma/schema-engine-wasm)/.+\\.js$': swc('ecmascript'),
};

export default {
  // Tests wait for servers more than they compute.
  maxWorkers: '100%',
  // A process keeps the AsyncLocalStorages of all files that it has run, and each makes each promise a little slower:
  // after two hundred files some tests took thirty times as long.
  workerIdleMemoryLimit: '400MB',
  globalSetup: './scripts/jest-setup.mjs',
  globalTeardown: './scripts/jest-teardown.mjs',
  testTimeout: 60_000,
  projects: ['packages/*', 'apps/*'].map((pattern) => ({
    displayName: pattern.split('/')[0],
    rootDir: '.',
    testMatch: [`<rootDir>/${pattern}/test/**/*.test.ts`],
    testEnvironment: 'node',
    testEnvironmentOptions: { customExportConditions: ['@switchyard/source', 'node', 'require', 'default'] },
    extensionsToTreatAsEsm: [],
    transform,
    transformIgnorePatterns: ['/node_modules/(?!@fastify/cookie/|cookie/|@prisma/schema-engine-wasm/)'],
  })),
};
