import { byModel, createRoutedClient, flagged } from '@switchyard/router';
import { measure, medianAdded } from './measure.ts';
import { createSettledClient } from './settled-client.ts';

/** What a call costs in processor time, in microseconds, beside what it would cost without the routing. */
export interface Overhead {
  readonly call: string;
  readonly processor: number;
}

/** Over clients that cost nothing. */
export async function ofRouting(rounds: number): Promise<readonly Overhead[]> {
  const clients = { main: createSettledClient(), sessions: createSettledClient() };
  const table = byModel({ session: 'sessions', user: 'sessions' });
  const db = createRoutedClient({
    clients,
    default: 'main',
    routers: [flagged({ flag: 'new_db_router_flag', read: () => true, on: table })],
  });
  const where = { where: { id: 'a' } };
  const include = { where: { id: 'a' }, include: { sessions: { where: { data: 'b' } } } };
  const bare = () => clients.main.session.findUnique(where);
  const calls = [
    { call: 'a read', rows: 1, bare, routed: () => db.session.findUnique(where) },
    { call: 'a write', rows: 1, bare, routed: () => db.session.update(where) },
    { call: 'a model that no router speaks of', rows: 1, bare, routed: () => db.product.findUnique(where) },
    {
      call: 'a read that names its database',
      rows: 1,
      bare,
      routed: () => db.$using('sessions').session.findUnique(where),
    },
    { call: 'a read with an include to be checked', rows: 1, bare, routed: () => db.user.findUnique(include) },
    {
      call: 'a read of 100 rows',
      rows: 100,
      bare: () => clients.main.product.findMany(),
      routed: () => db.product.findMany(),
    },
  ];
  const all = async (where: string): Promise<readonly Overhead[]> => {
    const overheads: Overhead[] = [];
    for (const { call, rows, bare: without, routed } of calls) {
      const [base = [], cost = []] = await measure([without, routed], Math.ceil(rounds / rows));
      overheads.push({ call: call + where, processor: medianAdded(base, cost) });
    }
    return overheads;
  };
  const inRequest = { flags: { new_db_router_flag: true }, hints: { tenant: 1 } };
  return [...(await all('')), ...(await db.$withContext(inRequest, () => all(', in a request')))];
}
