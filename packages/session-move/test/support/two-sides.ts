import { pgExecutor, type SessionStore } from '@switchyard/session-backends';
import { fencedStore, postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { backfillBucket } from '../../src/backfill.ts';
import { pgMoveDatabase } from '../../src/move-database.ts';
import type { MoveSide } from '../../src/move-side.ts';
import { drain } from '../../src/outbox.ts';
import { backfill } from '../../src/worker/backfill.ts';

export interface TwoSides {
  readonly databases: TestDatabases;
  readonly old: MoveSide;
  readonly new: MoveSide;
  /** A process of its own: its store believes what it has seen. */
  openStore(): SessionStore;
  backfill(moveId: string, buckets?: readonly number[]): Promise<void>;
  drain(from: SiteName): Promise<void>;
}

export async function openTwoSides(): Promise<TwoSides> {
  const databases = await openTestDatabases();
  const side = (name: SiteName): MoveSide => {
    const pool = name === 'old' ? databases.main : databases.sessions;
    return { database: pgMoveDatabase(pool), site: postgresSite({ name, executor: pgExecutor(pool) }) };
  };
  const sides = { old: side('old'), new: side('new') };
  return {
    databases,
    ...sides,
    openStore: () => fencedStore({ sites: [side('old').site, side('new').site] }),
    backfill: async (moveId, buckets) => {
      if (buckets === undefined) await backfill(sides, { throttle: 'off' });
      else for (const bucket of buckets) await backfillBucket(sides.old, sides.new, bucket, moveId);
    },
    drain: async (from) => {
      const to = from === 'old' ? 'new' : 'old';
      const { refused } = await drain(sides[from], sides[to]);
      if (refused > 0) throw new Error(`${refused} rows were refused`);
    },
  };
}
