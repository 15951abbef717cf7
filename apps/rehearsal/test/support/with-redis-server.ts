import { isRedisInstalled } from '../../src/stage/redis-server.ts';

/** On a developer's machine redis-server may be missing; in CI that is a failure. */
export const describeWithRedisServer =
  isRedisInstalled() || (process.env['CI'] ?? '') !== '' ? describe : describe.skip;
