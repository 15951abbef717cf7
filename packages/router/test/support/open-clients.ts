import { createMainClient, createSessionsClient, type MainClient, type SessionsClient } from '@switchyard/databases';
import { openTestDatabases } from '@switchyard/databases/testing';

/** Clients of three databases: `main`, `other` with the same schema, and `sessions`. */
export interface TestClients {
  readonly main: MainClient;
  readonly other: MainClient;
  readonly sessions: SessionsClient;
}

export async function openClients(): Promise<{ clients: TestClients; close(): Promise<void> }> {
  const [first, second] = [await openTestDatabases(), await openTestDatabases()];
  const clients = {
    main: createMainClient(first.main),
    other: createMainClient(second.main),
    sessions: createSessionsClient(first.sessions),
  };
  return {
    clients,
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.$disconnect()));
      await Promise.all([first.close(), second.close()]);
    },
  };
}
