export { startTestServers, withDatabase, type TestServers } from './test-servers.ts';
export { openTestDatabases, type TestDatabases } from './test-databases.ts';
export { copyProject, type ProjectCopy } from './copy-project.ts';
