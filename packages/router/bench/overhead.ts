// Prints what routing costs in processor time. The clients behind it are made of promises that are settled at once, so
// that only the routing is measured: a bare call is taken off from each routed one.
import { byModel, createRoutedClient, flagged, type PrismaClientLike } from '@switchyard/router';

const ROUNDS = 300_000;

interface Call {
  readonly name: string;
  readonly rows: number;
  readonly bare: () => PromiseLike<unknown>;
  readonly routed: () => PromiseLike<unknown>;
}

interface Delegate {
  findUnique(args?: object): PromiseLike<unknown>;
  findMany(args?: object): PromiseLike<unknown>;
  update(args?: object): PromiseLike<unknown>;
}

const field = (name: string) => ({ name, kind: 'scalar', type: 'String' });
const relation = (name: string, type: string) => ({ name, kind: 'object', type, relationName: 'x' });
const DATA_MODEL = {
  models: {
    Session: { fields: [field('id'), field('data'), relation('user', 'User')] },
    User: { fields: [field('id'), relation('sessions', 'Session')] },
    Product: { fields: [field('id'), field('name')] },
  },
};

const row = (): object => ({ id: 'a', data: 'b', name: 'c' });
function createClient(): PrismaClientLike & Record<'session' | 'user' | 'product', Delegate> {
  const one = (): PromiseLike<unknown> => Promise.resolve(row());
  const delegate: Delegate = {
    findUnique: one,
    update: one,
    findMany: () => Promise.resolve(Array.from({ length: 100 }, row)),
  };
  const nothing = async (): Promise<void> => undefined;
  return Object.assign(
    {
      $connect: nothing,
      $disconnect: nothing,
      $transaction: nothing,
      session: { ...delegate },
      user: { ...delegate },
      product: { ...delegate },
    },
    { _runtimeDataModel: DATA_MODEL },
  );
}

async function microseconds({ rows }: Call, call: () => PromiseLike<unknown>): Promise<number> {
  const rounds = Math.ceil(ROUNDS / rows);
  for (let round = 0; round < rounds / 10; round++) await call();
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) await call();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}

async function main(): Promise<void> {
  const clients = { main: createClient(), sessions: createClient() };
  const table = byModel({ session: 'sessions', user: 'sessions' });
  const db = createRoutedClient({
    clients,
    default: 'main',
    routers: [flagged({ flag: 'new_db_router_flag', read: () => true, on: table })],
  });
  const where = { where: { id: 'a' } };
  const include = { where: { id: 'a' }, include: { sessions: { where: { data: 'b' } } } };
  const bare = () => clients.main.session.findUnique(where);
  const calls: readonly Call[] = [
    { name: 'a read', rows: 1, bare, routed: () => db.session.findUnique(where) },
    { name: 'a write', rows: 1, bare, routed: () => db.session.update(where) },
    { name: 'a model that no router speaks of', rows: 1, bare, routed: () => db.product.findUnique(where) },
    {
      name: 'a read that names its database',
      rows: 1,
      bare,
      routed: () => db.$using('sessions').session.findUnique(where),
    },
    { name: 'a read with an include to be checked', rows: 1, bare, routed: () => db.user.findUnique(include) },
    {
      name: 'a read of 100 rows',
      rows: 100,
      bare: () => clients.main.product.findMany(),
      routed: () => db.product.findMany(),
    },
  ];
  const measure = async (suffix: string): Promise<void> => {
    for (const call of calls) {
      const cost = (await microseconds(call, call.routed)) - (await microseconds(call, call.bare));
      process.stdout.write(`${(call.name + suffix).padEnd(60)} ${cost.toFixed(2).padStart(6)} µs\n`);
    }
  };
  await measure('');
  await db.$withContext({ flags: { new_db_router_flag: true }, hints: { tenant: 1 } }, () => measure(', in a request'));
}

await main();
