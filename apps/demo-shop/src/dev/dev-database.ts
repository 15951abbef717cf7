import type { EmbeddedPostgres } from '@switchyard/databases';
import type { DevServer } from '../ops/dev-controls.ts';

/** An embedded server as something that can be stopped and started. */
export const devDatabase = (server: EmbeddedPostgres): DevServer => ({
  isRunning: async () => server.pid() !== undefined,
  start: async () => {
    if (server.pid() === undefined) await server.start();
  },
  stop: () => server.kill(),
});
