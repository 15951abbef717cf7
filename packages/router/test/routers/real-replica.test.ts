import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';

import { createMainClient, createPool, findProjectFolder, type MainClient } from '@switchyard/databases';
import { createRoutedClient, primaryReplica, type LogPositions } from '@switchyard/router';
import type { Pool } from 'pg';
import { openShop } from '../../examples/primary-replica.ts';
import { openReplica, type ReplicatedServers } from '../support/open-replica.ts';
import { product } from '../support/shop.ts';

let servers: ReplicatedServers | undefined;
let pools: { main: Pool; replica: Pool };
let clients: { main: MainClient; replica: MainClient };

beforeAll(async () => {
  servers = await openReplica('shop');
  pools = { main: createPool(servers.primaryUrl), replica: createPool(servers.replicaUrl) };
  const migrations = path.join(findProjectFolder(), 'prisma', 'main', 'migrations');
  for (const { name } of readdirSync(migrations, { withFileTypes: true }).filter((each) => each.isDirectory())) {
    await pools.main.query(readFileSync(path.join(migrations, name, 'migration.sql'), 'utf8'));
  }
  clients = { main: createMainClient(pools.main), replica: createMainClient(pools.replica) };
}, 120_000);

afterAll(async () => {
  await Promise.all(Object.values(clients ?? {}).map((client) => client.$disconnect()));
  await Promise.all(Object.values(pools ?? {}).map((pool) => pool.end()));
  await servers?.stop();
});

const one = async (pool: Pool, sql: string): Promise<unknown> => Object.values((await pool.query(sql)).rows[0])[0];

const positions: LogPositions = {
  written: async () => String(await one(pools.main, 'select pg_current_wal_insert_lsn()')),
  replayed: async () => (await one(pools.replica, 'select pg_last_wal_replay_lsn()')) as string | null,
};

type Options = Partial<Parameters<typeof primaryReplica<'main' | 'replica'>>[0]>;

const routedWith = (options: Options) =>
  createRoutedClient({
    clients,
    default: 'main',
    routers: [primaryReplica({ primary: 'main', replicas: ['replica'], ...options })],
  });

const routed = (pollMs: number) => routedWith({ readYourWrites: { positions, maxMs: 60_000, pollMs } });

/** Repeats a read until it comes from there. */
async function until(db: ReturnType<typeof routed>, alias: string): Promise<void> {
  for (let reads = 0; reads < 5_000; reads++) {
    // It fails on a replica that has just died.
    const row = await db.product.findFirst().catch(() => null);
    if (db.$origin(row ?? {}) === alias) return;
    await setTimeout(1);
  }
  throw new Error(`no read came from '${alias}'`);
}

it('a request sees what it wrote while the replica lags, others read the replica, and all do when it has caught up', async () => {
  const db = routed(1);
  const outside = AsyncLocalStorage.snapshot();
  await db.product.create({ data: product('before') });
  await db.$withContext({}, () => until(db, 'replica'));
  await pools.replica.query('select pg_wal_replay_pause()');
  await db.$withContext({}, async () => {
    await db.product.create({ data: product('mine') });
    const count = () => db.product.count();
    expect([await count(), await db.$withContext({ flags: {} }, count), await outside(count)]).toEqual([2, 2, 1]);
    await until(db, 'main');
    await pools.replica.query('select pg_wal_replay_resume()');
    await until(db, 'replica');
    expect(await db.product.count()).toBe(2);
  });
});

it.each<[what: string, write: (db: ReturnType<typeof routed>, slug: string) => Promise<unknown>]>([
  ['raw SQL', (db, slug) => db.$executeRaw`update product set name = ${slug}`],
  [
    'raw SQL in a transaction',
    (db, slug) => db.$transaction((tx) => tx.$executeRaw`update product set name = ${slug}`),
  ],
  [
    'raw SQL in a batch',
    (db, slug) => db.$transaction([db.product.count(), db.$executeRaw`update product set name = ${slug}`]),
  ],
  [
    'a request inside of the request',
    (db, slug) => db.$withContext({ flags: {} }, () => db.product.updateMany({ data: { name: slug } })),
  ],
])('a request sees what it wrote by %s', async (what, write) => {
  const db = routed(1);
  await pools.replica.query('select pg_wal_replay_pause()');
  await db.$withContext({}, async () => {
    await write(db, what);
    expect((await db.product.findFirst())?.name).toBe(what);
  });
  await pools.replica.query('select pg_wal_replay_resume()');
});

it('a request sees what a method of an extension wrote, lazy or not', async () => {
  const db = routed(1).$extends({
    main: (client) =>
      client.$extends({
        model: {
          product: {
            rename: (name: string) => client.product.updateMany({ data: { name } }),
            renameLater: async (name: string) => client.product.updateMany({ data: { name } }),
          },
        },
      }),
  });
  await pools.replica.query('select pg_wal_replay_pause()');
  for (const name of ['rename', 'renameLater'] as const)
    await db.$withContext({}, async () => {
      await db.product[name](name);
      expect((await db.product.findFirst())?.name).toBe(name);
    });
  await pools.replica.query('select pg_wal_replay_resume()');
});

it('a transaction is on the primary, and its commit is waited for like any write', async () => {
  const db = routed(1);
  await pools.replica.query('select pg_wal_replay_pause()');
  await db.$withContext({}, async () => {
    const before = await db.product.count();
    const inside = await db.$transaction(async (tx) => {
      await tx.product.create({ data: product('third') });
      return tx.product.count();
    });
    expect([inside, await db.product.count()]).toEqual([before + 1, before + 1]);
    await pools.replica.query('select pg_wal_replay_resume()');
    await until(db, 'replica');
    expect(await db.product.count()).toBe(before + 1);
  });
});

it('no reader ever misses what it wrote, while the replica stops and goes on, and the replica serves reads', async () => {
  const db = routed(1);
  let going = true;
  const stopAndGo = async (): Promise<void> => {
    while (going) {
      await pools.replica.query('select pg_wal_replay_pause()');
      await setTimeout(15);
      await pools.replica.query('select pg_wal_replay_resume()');
      await setTimeout(10);
    }
  };
  const seen = { missing: 0, replica: 0, main: 0 };
  const reader = async (name: string): Promise<void> => {
    for (let round = 0; round < 25; round++) {
      await db.$withContext({}, async () => {
        const { slug } = await db.product.create({ data: product(`${name}-${round}`) });
        for (let reads = 0; reads < 4; reads++) {
          const row = await db.product.findUnique({ where: { slug } });
          if (row === null) seen.missing++;
          else seen[db.$origin(row) as 'main' | 'replica']++;
          await setTimeout(4);
        }
      });
    }
  };
  const stopping = stopAndGo();
  await Promise.all(['a', 'b', 'c'].map(reader)).finally(() => (going = false));
  await stopping;
  expect(seen.missing).toBe(0);
  expect([seen.main > 0, seen.replica > 0]).toEqual([true, true]);
});

describe('the health of a replica', () => {
  const healthy = () => routedWith({ health: { positions, maxLagMs: 150, pollMs: 5, aliveMs: 1_000 } });

  it('one that lags is left out for everybody, and is back when it has caught up', async () => {
    const db = healthy();
    await until(db, 'replica');
    await pools.replica.query('select pg_wal_replay_pause()');
    await db.product.create({ data: product('late') });
    await until(db, 'main');
    expect(await db.product.findUnique({ where: { slug: 'late' } })).not.toBeNull();
    await pools.replica.query('select pg_wal_replay_resume()');
    await until(db, 'replica');
    expect(await db.product.findUnique({ where: { slug: 'late' } })).not.toBeNull();
  });

  it('one that dies is left out after the first failures, and is back when it is up again', async () => {
    const db = healthy();
    await until(db, 'replica');
    await servers?.killReplica();
    await until(db, 'main');
    for (let reads = 0; reads < 50; reads++) expect(db.$origin((await db.product.findFirst()) ?? {})).toBe('main');
    await servers?.restartReplica();
    await until(db, 'replica');
    expect(await db.product.count()).toBe(await clients.main.product.count());
  });
});

it('the example: users see what they wrote, in whatever request, others read the replica', async () => {
  const db = openShop(pools);
  const count = (userId: string) => db.$withContext({ hints: { userId } }, () => db.product.count());
  await until(db, 'replica');
  await pools.replica.query('select pg_wal_replay_pause()');
  const before = await count('reader');
  await db.$withContext({ hints: { userId: 'writer' } }, () => db.product.create({ data: product('example') }));
  expect([await count('writer'), await count('reader')]).toEqual([before + 1, before]);
  await pools.replica.query('select pg_wal_replay_resume()');
});

it('a replica refuses a write that is sent to it by name', async () => {
  await expect(
    routed(10)
      .$using('replica')
      .product.create({ data: product('x') }),
  ).rejects.toThrow(/read-only/);
});
