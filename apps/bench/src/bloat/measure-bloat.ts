import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '@switchyard/databases';
import { pgExecutor, readTableSpace, type TableSpace } from '@switchyard/session-backends';
import type { Pool } from 'pg';
import { basketOf } from '../basket.ts';
import { BenchError } from '../bench-error.ts';
import type { BenchPostgres } from '../stage/postgres.ts';
import { nthStoredKey, type Layout } from './layout.ts';

export interface BloatSettings {
  readonly layout: Layout;
  readonly autovacuum: boolean;
  readonly sessions: number;
  readonly saves: number;
  /** How much time the saves are made to look spread over, in milliseconds; 0: none but what they take. */
  readonly spreadMs: number;
}

export interface Bloat {
  readonly saved: TableSpace;
  /** After all of it was written anew. */
  readonly fresh: TableSpace;
  readonly hotShare: number;
}

/** Sessions saved by one statement, as a store groups them. */
const GROUP = 50;
const CONNECTIONS = 4;
const STATISTICS_LIMIT_MS = 10_000;

/** Saves sessions at random, again and again, and looks at what their table has become. */
export async function measureBloat(server: BenchPostgres, settings: BloatSettings): Promise<Bloat> {
  const { layout, autovacuum, sessions, saves } = settings;
  const url = new URL(await server.create(layout.tables));
  // How durable a save is makes no difference to the room it takes.
  url.searchParams.set('options', '-c synchronous_commit=off');
  const pool = createPool(url.href, { max: CONNECTIONS, statementTimeoutMs: 0 });
  const data = JSON.stringify(basketOf());
  try {
    if (layout.create !== undefined) await pool.query(layout.create);
    await pool.query(`alter table ${layout.table} set (autovacuum_enabled = ${autovacuum})`);
    await pool.query(layout.fill, [sessions, data]);
    await pool.query(`vacuum analyze ${layout.table}`);
    await save(pool, settings, data);
    const saved = await counted(pool, layout, saves);
    await pool.query(`vacuum (full, analyze) ${layout.table}`);
    const fresh = await counted(pool, layout, saves);
    return { saved, fresh, hotShare: saved.hotUpdates / saved.updates };
  } finally {
    await pool.end();
  }
}

async function save(pool: Pool, { layout, sessions, saves, spreadMs }: BloatSettings, data: string): Promise<void> {
  let done = 0;
  // Each has a share of the sessions: two that saved the same ones in another order would wait for each other for ever.
  const saver = async (_: unknown, own: number): Promise<void> => {
    const share = Math.floor(sessions / CONNECTIONS);
    while (done < saves) {
      const count = Math.min(GROUP, saves - done);
      const movedMs = (done / saves) * spreadMs;
      done += count;
      const keys = new Set<string>();
      while (keys.size < count) keys.add(nthStoredKey(own + CONNECTIONS * Math.floor(Math.random() * share)));
      const values = [[...keys], data, movedMs];
      await pool.query({ name: 'save', text: layout.save, values });
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, saver));
}

/** Once the server has counted all of the saves. */
async function counted(pool: Pool, { table }: Layout, saves: number): Promise<TableSpace> {
  for (const until = Date.now() + STATISTICS_LIMIT_MS; ; await sleep(100)) {
    // Connections hand in their counts when they are idle; all of them are asked, so that each does.
    await Promise.all(Array.from({ length: CONNECTIONS }, () => pool.query('select pg_stat_force_next_flush()')));
    const space = await readTableSpace(pgExecutor(pool), table);
    if (space !== undefined && space.updates >= saves) return space;
    if (Date.now() > until) throw new BenchError('SERVER_FAILED', 'the server has not counted all of the saves');
  }
}
