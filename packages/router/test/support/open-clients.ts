import { createMainClient, createSessionsClient, type MainClient, type SessionsClient } from '@switchyard/databases';
import { openTestDatabases } from '@switchyard/databases/testing';

/** Clients of three databases: `main`, `other` with the same schema, and `sessions`. */
export interface TestClients {
  readonly main: MainClient;
  readonly other: MainClient;
  readonly sessions: SessionsClient;
}

export interface OpenClients {
  readonly clients: TestClients;
  /** How often a connection was taken so far, which each statement or transaction does. */
  sent(): number;
  close(): Promise<void>;
}

export async function openClients(): Promise<OpenClients> {
  const [first, second] = [await openTestDatabases(), await openTestDatabases()];
  let taken = 0;
  for (const pool of [first.main, second.main, first.sessions]) pool.on('acquire', () => taken++);
  const clients = {
    main: createMainClient(first.main),
    other: createMainClient(second.main),
    sessions: createSessionsClient(first.sessions),
  };
  return {
    clients,
    sent: () => taken,
    close: async () => {
      await Promise.all(Object.values(clients).map((client) => client.$disconnect()));
      await Promise.all([first.close(), second.close()]);
    },
  };
}
