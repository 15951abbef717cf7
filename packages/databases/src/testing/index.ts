export { startTestServers, withDatabase, type TestServers } from './test-servers.ts';
export { openTestDatabases, type TestDatabases } from './test-databases.ts';
