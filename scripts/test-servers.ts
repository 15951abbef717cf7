// The servers that all tests share: two PostgreSQL servers and, where one can be had, a Redis. Ends when it is told to,
// or when the test run that started it is gone.
import { startTestServers } from '@switchyard/databases/testing';

const servers = await startTestServers(process.cwd());

const stop = async (): Promise<void> => {
  await servers.stop();
  process.exit(0);
};
process.once('message', () => void stop());
process.once('disconnect', () => void stop());
process.once('SIGTERM', () => void stop());
process.on('SIGINT', () => undefined);
process.send?.(servers.environment);
