import { createMainClient, createSessionsClient, findProjectFolder } from '@switchyard/databases';
import { openTestDatabases, startTestServers } from '@switchyard/databases/testing';
import { byModel, createRoutedClient, flagged } from '@switchyard/router';
import { measure, type Cost } from './measure.ts';

/** An operation on a real database, by the generated client alone and by the routed one. */
export interface RealOperation {
  readonly operation: string;
  readonly bare: Cost;
  readonly routed: Cost;
}

/** `findUnique` and `create` of one row, one after the other, on the server of the environment or an embedded one. */
export async function overPostgres(rounds: number): Promise<readonly RealOperation[]> {
  const servers = await startTestServers(findProjectFolder());
  Object.assign(process.env, servers.environment);
  const databases = await openTestDatabases();
  const clients = { main: createMainClient(databases.main), sessions: createSessionsClient(databases.sessions) };
  const db = createRoutedClient({
    clients,
    default: 'main',
    routers: [flagged({ flag: 'new_db_router_flag', read: () => true, on: byModel({ session: 'sessions' }) })],
  });
  try {
    let count = 0;
    const data = () => ({ sessionKey: `${count++}`, data: 'x'.repeat(876), expiresAt: new Date(Date.now() + 60_000) });
    const where = { where: { sessionKey: 'there' } };
    await clients.sessions.session.create({ data: { ...data(), sessionKey: 'there' } });
    const [find, routedFind, create, routedCreate] = await measure(
      [
        () => clients.sessions.session.findUnique(where),
        () => db.session.findUnique(where),
        () => clients.sessions.session.create({ data: data() }),
        () => db.session.create({ data: data() }),
      ],
      rounds,
    );
    return [
      { operation: 'session.findUnique', bare: find as Cost, routed: routedFind as Cost },
      { operation: 'session.create', bare: create as Cost, routed: routedCreate as Cost },
    ];
  } finally {
    await db.$disconnect();
    await databases.close();
    await servers.stop();
  }
}
