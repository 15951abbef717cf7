import { openTestDatabases } from '@switchyard/databases/testing';
import { sessionStoreContract } from '@switchyard/session-backends/testing';
import { backends, type Servers } from '../support/contract-stores.ts';
import { openTestRedis } from '../support/redis.ts';

let servers: Servers;
beforeAll(async () => {
  const [databases, redis] = await Promise.all([openTestDatabases(), openTestRedis()]);
  servers = { databases, redis };
});
afterAll(() => Promise.all([servers.databases.close(), servers.redis.close()]));

describe.each(Object.entries(backends(() => servers)))('%s', (_name, options) => {
  it.each(sessionStoreContract(options))('$name', ({ run }) => run());
});
