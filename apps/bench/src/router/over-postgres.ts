import { createMainClient, createPool, createSessionsClient, type MainClient } from '@switchyard/databases';
import { byModel, createRoutedClient, flagged } from '@switchyard/router';
import { AGE_MS, BASKET_BYTES } from '../basket.ts';
import type { Stage } from '../stage/open-stage.ts';
import { countStatements } from './count-statements.ts';
import { measure, medianAdded, medianCost, type Cost } from './measure.ts';
import { READ_REPLICAS, withReadReplicas } from './read-replicas.ts';

/** An operation on a real database, by a client that adds something to the generated one. */
export interface RealOperation {
  readonly operation: 'findUnique' | 'create';
  readonly client: string;
  readonly cost: Cost;
  /** Beside the generated client, in microseconds of processor time. */
  readonly added: number;
  /** Statements sent for one operation. */
  readonly roundTrips: number;
}

type SessionModel = Pick<MainClient['session'], 'findUnique' | 'create'>;

/** `findUnique` and `create` of one session, one after the other. */
export async function overPostgres(
  stage: Stage,
  rounds: number,
  say: (line: string) => void,
): Promise<readonly RealOperation[]> {
  const urls = await Promise.all([1, 2].map(async () => (await stage.postgres('main')).create('migrated')));
  const pools = urls.map((url) => createPool(url, { max: 1 }));
  const [mainPool, sessionsPool] = pools as [(typeof pools)[number], (typeof pools)[number]];
  const statements = pools.map(countStatements);
  const sent = (): number => statements.reduce((sum, count) => sum + count(), 0);
  const [bare, replica] = [createMainClient(mainPool), createMainClient(sessionsPool)];
  const routed = createRoutedClient({
    clients: { main: bare, sessions: createSessionsClient(sessionsPool) },
    default: 'main',
    routers: [flagged({ flag: 'new_db_router_flag', read: () => true, on: byModel({ session: 'sessions' }) })],
  });
  const extended = withReadReplicas(bare, replica);
  if (extended === undefined) say(`${READ_REPLICAS} is left out: it is not installed`);
  const models: [client: string, model: SessionModel][] = [
    ['Prisma alone', bare.session],
    ['routed', routed.session],
    ...(extended === undefined ? [] : [[READ_REPLICAS, extended.session] as [string, SessionModel]]),
  ];

  try {
    let count = 0;
    const fresh = () => ({
      sessionKey: `${count++}`,
      data: 'x'.repeat(BASKET_BYTES),
      expiresAt: new Date(Date.now() + AGE_MS),
    });
    for (const client of [bare, replica]) await client.session.create({ data: { ...fresh(), sessionKey: 'there' } });
    const calls = {
      findUnique: models.map(
        ([, model]) =>
          () =>
            model.findUnique({ where: { sessionKey: 'there' } }),
      ),
      create: models.map(
        ([, model]) =>
          () =>
            model.create({ data: fresh() }),
      ),
    };
    const results: RealOperation[] = [];
    for (const operation of ['findUnique', 'create'] as const) {
      const costs = await measure(calls[operation], rounds);
      for (const [index, [client]] of models.entries()) {
        const before = sent();
        for (let i = 0; i < ROUND_TRIPS_OF; i++) await calls[operation][index]?.();
        results.push({
          operation,
          client,
          cost: medianCost(costs[index] ?? []),
          added: medianAdded(costs[0] ?? [], costs[index] ?? []),
          roundTrips: (sent() - before) / ROUND_TRIPS_OF,
        });
      }
    }
    return results;
  } finally {
    await routed.$disconnect();
    await replica.$disconnect();
    await Promise.all(pools.map((pool) => pool.end()));
  }
}

const ROUND_TRIPS_OF = 100;
