import { PrismaPg } from '@prisma/adapter-pg';
import { createMainClient, type MainClient } from '@switchyard/databases';
import { openTestDatabases } from '@switchyard/databases/testing';

type LoggingClient = Omit<MainClient, '$on'> & {
  $on(event: 'query', listener: (event: { readonly query: string }) => void): unknown;
};

export interface LoggingClients {
  readonly clients: { readonly main: LoggingClient; readonly other: LoggingClient };
  close(): Promise<void>;
}

/** Two clients of the main schema, on databases of their own, that emit an event for each statement. */
export async function openLoggingClients(): Promise<LoggingClients> {
  const databases = [await openTestDatabases(), await openTestDatabases()] as const;
  const [main, other] = databases.map(({ main: pool }) => {
    const { constructor } = createMainClient(pool) as { constructor: unknown };
    const Client = constructor as new (options: object) => LoggingClient;
    return new Client({ adapter: new PrismaPg(pool), log: [{ level: 'query', emit: 'event' }] });
  }) as [LoggingClient, LoggingClient];
  return {
    clients: { main, other },
    close: async () => {
      await Promise.all([main.$disconnect(), other.$disconnect()]);
      await Promise.all(databases.map((each) => each.close()));
    },
  };
}
