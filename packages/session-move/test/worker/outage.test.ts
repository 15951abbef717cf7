import { createPool } from '@switchyard/databases';
import { drawSessionKey, encodeKey, pgExecutor } from '@switchyard/session-backends';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import type { Pool } from 'pg';
import { createMoveController } from '../../src/move-controller.ts';
import { pgMoveDatabase } from '../../src/move-database.ts';
import type { MoveSide } from '../../src/move-side.ts';
import { createMoveWorker, type MoveWorker } from '../../src/worker/move-worker.ts';
import type { WorkerEvent } from '../../src/worker/worker-status.ts';
import { startOwnServer, type OwnServer } from '../support/own-server.ts';
import { until } from '../support/until.ts';

const LEASE_MS = 1_000;

describe('the worker, when a database is killed', () => {
  const servers: OwnServer[] = [];
  const pools: Pool[] = [];
  const events: WorkerEvent[] = [];
  let worker: MoveWorker;
  beforeAll(async () => {
    const settings = { fsync: 'off', shared_buffers: '16MB' };
    servers.push(...(await Promise.all([startOwnServer(settings), startOwnServer(settings, 'sessions')])));
    pools.push(...servers.map(({ url }) => createPool(url)));
    const side = (name: SiteName, pool: Pool): MoveSide => ({
      database: pgMoveDatabase(pool),
      site: postgresSite({ name, executor: pgExecutor(pool) }),
    });
    const sides = { old: side('old', pools[0] as Pool), new: side('new', pools[1] as Pool) };
    await createMoveController(sides).start();
    worker = createMoveWorker({ ...sides, leaseMs: LEASE_MS, onEvent: (event) => events.push(event) });
    void worker.run();
    await until('the backfill is complete', () => events.some(({ kind }) => kind === 'covered'));
  });
  afterAll(async () => {
    await worker?.close();
    await Promise.all(pools.map((pool) => pool.end()));
    await Promise.all(servers.map((server) => server.stop()));
  });
  beforeEach(async () => {
    await until('the worker leads, and all is well', () => {
      const { role, failing } = worker.status();
      return role === 'leader' && failing.old === undefined && failing.new === undefined;
    });
    events.length = 0;
  });

  /** Writes at the old side. */
  const write = async (): Promise<string> => {
    const site = postgresSite({ name: 'old', executor: pgExecutor(pools[0] as Pool) });
    const other = postgresSite({ name: 'new', executor: pgExecutor(pools[1] as Pool) });
    const key = encodeKey(drawSessionKey());
    const expiresAt = new Date(Date.now() + 3_600_000);
    const [result] = await fencedStore({ sites: [site, other] }).apply([
      { kind: 'create', key, data: '{}', expiresAt, userId: null, fresh: true },
    ]);
    expect(result).toMatchObject({ status: 'ok' });
    return key;
  };
  const carried = (key: string): Promise<void> =>
    until('it is carried', async () => {
      const { rows } = await (pools[1] as Pool).query('select from session where session_key = $1', [key]);
      return rows.length === 1;
    });
  const silence = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('says so once, and goes on by itself: the new one, where the lease is', async () => {
    await carried(await write());
    await (servers[1] as OwnServer).kill();
    const key = await write();
    await until('the worker leads no more', () => worker.status().role === 'standby');
    await silence(LEASE_MS);
    expect(events.map(({ kind }) => kind)).toEqual(['side-failing']);
    await (servers[1] as OwnServer).start();
    await carried(key);
    await until('it has recovered', () => worker.status().failing.new === undefined);
    expect(events.map(({ kind }) => kind)).toEqual(['side-failing', 'leading', 'side-recovered']);
  });

  it('says so once, and goes on by itself: the old one', async () => {
    await (servers[0] as OwnServer).kill();
    await until('it is noticed', () => events.length > 0);
    await silence(1_500);
    expect(events).toEqual([{ kind: 'side-failing', side: 'old', why: expect.any(String) }]);
    expect(worker.status().role).toBe('leader');
    await (servers[0] as OwnServer).start();
    await carried(await write());
    await until('it has recovered', () => worker.status().failing.old === undefined);
    expect(events.map(({ kind }) => kind)).toEqual(['side-failing', 'side-recovered']);
  });
});
