import { randomBytes } from 'node:crypto';
import { drawSessionKey, encodeKey, type StoredKey } from '@switchyard/session-backends';
import type { SiteCopy } from '@switchyard/session-backends/fence';
import { createMoveController, type MoveController } from '../../src/move-controller.ts';
import type { MoveSide } from '../../src/move-side.ts';
import { backfill, type BackfillOptions } from '../../src/worker/backfill.ts';
import type { BackfillProgress } from '../../src/worker/backfill-progress.ts';
import { flip } from '../support/flip.ts';
import { storedKeyIn } from '../support/stored-keys.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

describe('the backfill', () => {
  let sides: TwoSides;
  let controller: MoveController;
  beforeEach(async () => {
    sides = await openTwoSides();
    controller = createMoveController(sides);
  });
  afterEach(() => sides.databases.close());

  const fillOld = (keys: readonly string[], data = '{}'): Promise<unknown> =>
    sides.databases.main.query(
      `insert into session (session_key, data, expires_at) select key, $2, now() + interval '1 day' from unnest($1::text[]) as i(key)`,
      [keys, data],
    );
  const keysAt = async (side: 'main' | 'sessions'): Promise<string[]> =>
    (await sides.databases[side].query('select session_key from session order by session_key')).rows.map(
      (row) => row['session_key'] as string,
    );
  const hashed = (count: number): StoredKey[] => Array.from({ length: count }, () => encodeKey(drawSessionKey()));
  const inClear = (count: number): string[] => Array.from({ length: count }, () => drawSessionKey());
  const fast: BackfillOptions = { throttle: 'off' };

  /** Ends after so many rows; resolves to what it told. */
  const until = async (rows: number, options: BackfillOptions): Promise<BackfillProgress[]> => {
    const told: BackfillProgress[] = [];
    const stop = new AbortController();
    await backfill(sides, {
      ...options,
      signal: stop.signal,
      onProgress: (progress) => {
        told.push(progress);
        if (progress.rows >= rows) stop.abort();
      },
    });
    return told;
  };
  /** What a reader is asked to read, so that repeated work is seen. */
  const reads = (side: MoveSide): { readonly side: MoveSide; rows: number; mostBytes: number } => {
    const seen = { side, rows: 0, mostBytes: 0 };
    const query: MoveSide['database']['query'] = async (text, values) => {
      const rows = await side.database.query(text, values);
      if (text.includes('bytes_before')) {
        seen.rows += rows.length;
        seen.mostBytes = Math.max(
          seen.mostBytes,
          rows.reduce((sum, row) => sum + Number(row['bytes']), 0),
        );
      }
      return rows;
    };
    return Object.assign(seen, { side: { ...side, database: { ...side.database, query } } });
  };

  it('copies every row, and tells how far it is', async () => {
    const keys = hashed(700);
    await fillOld(keys, '{"basket":{}}');
    await controller.start();
    const told: BackfillProgress[] = [];
    const result = await backfill(sides, { batchRows: 100, onProgress: (progress) => told.push(progress) });
    expect(await keysAt('sessions')).toEqual(keys.sort());
    expect(result).toMatchObject({ rows: 700, totalRows: 700, covered: 256, bytes: 700 * 13, leftMs: 0 });
    expect(result.rowsPerSecond).toBeGreaterThan(0);
    const middle = told[Math.floor(told.length / 2)] as BackfillProgress;
    expect(middle.rows).toBeLessThan(700);
    expect(middle.leftMs).toBeGreaterThan(0);
  });

  it.each(['sha256', 'plain'] as const)(
    'goes on where it was broken off, with keys stored as %s',
    async (keyEncoding) => {
      const keys: string[] = keyEncoding === 'plain' ? inClear(600) : hashed(600);
      await fillOld(keys);
      await controller.start();
      await until(250, { batchRows: 50, keyEncoding, throttle: keyEncoding === 'plain' ? 'off' : 'auto' });
      const before = (await keysAt('sessions')).length;
      expect(before).toBeGreaterThanOrEqual(250);
      expect(before).toBeLessThan(600);
      const watched = reads(sides.old);
      const result = await backfill({ old: watched.side, new: sides.new }, { ...fast, keyEncoding });
      expect(watched.rows).toBe(600 - before);
      expect(result).toMatchObject({ rows: 600, covered: 256 });
      expect(await keysAt('sessions')).toEqual(keys.sort());
    },
  );

  it('repeats a batch whose cursor was not moved', async () => {
    const keys = hashed(300);
    await fillOld(keys);
    await controller.start();
    let cursors = 0;
    const dying: MoveSide = {
      ...sides.new,
      database: {
        ...sides.new.database,
        query: async (text, values) => {
          if (text.startsWith('insert into session_move_cursor') && ++cursors === 3) throw new Error('killed');
          return sides.new.database.query(text, values);
        },
      },
    };
    await expect(backfill({ old: sides.old, new: dying }, { ...fast, batchRows: 30 })).rejects.toThrow('killed');
    expect((await backfill(sides, fast)).covered).toBe(256);
    expect(await keysAt('sessions')).toEqual(keys.sort());
  });

  it('covers no bucket of keys in clear before all have been read', async () => {
    await fillOld(inClear(200));
    await controller.start();
    const told = await until(100, { ...fast, batchRows: 50, keyEncoding: 'plain' });
    expect(told.at(-1)).toMatchObject({ rows: 100, covered: 0 });
    expect(await backfill(sides, { ...fast, keyEncoding: 'plain' })).toMatchObject({ covered: 256 });
  });

  it('passes over no bucket of keys in clear that is being switched back', async () => {
    await fillOld(inClear(50));
    await controller.start();
    await controller.switch('new', [7]);
    await flip(sides.old.database, [7], ({ epoch }) => ({ epoch: epoch + 1, state: 'armed', merge: true }));
    await expect(backfill(sides, { ...fast, keyEncoding: 'plain' })).rejects.toMatchObject({ code: 'NOT_NOW' });
    expect(await backfill(sides, fast).catch((error: unknown) => error)).toMatchObject({ code: 'WRONG_KEY_ENCODING' });
    await controller.switch('old', [7]);
    expect(await backfill(sides, { ...fast, keyEncoding: 'plain' })).toMatchObject({ covered: 256 });
  });

  it('copies what it can while a bucket is being switched back', async () => {
    const keys = hashed(200);
    const switched = storedKeyIn(7);
    await fillOld([...keys, switched]);
    await controller.start();
    await controller.switch('new', [7]);
    await flip(sides.old.database, [7], ({ epoch }) => ({ epoch: epoch + 1, state: 'armed', merge: true }));
    expect(await backfill(sides, fast)).toMatchObject({ covered: 255 });
    expect(await keysAt('sessions')).not.toContain(switched);
    await controller.switch('old', [7]);
    expect(await backfill(sides, fast)).toMatchObject({ covered: 256 });
    expect(await keysAt('sessions')).toContain(switched);
  });

  it('refuses keys that are no hashes, unless it is told so', async () => {
    await fillOld([...hashed(20), ...inClear(1)]);
    await controller.start();
    await expect(backfill(sides, fast)).rejects.toMatchObject({ code: 'WRONG_KEY_ENCODING' });
    expect((await controller.phases()).every((phase) => phase === 'mirroring')).toBe(true);
  });

  it('refuses when there is no move', async () => {
    await expect(backfill(sides, fast)).rejects.toMatchObject({ code: 'NOT_NOW' });
  });

  it('reads no more at once than it was told, in rows or in bytes; a larger row comes alone', async () => {
    await fillOld(hashed(60), 'é'.repeat(5_000));
    await fillOld(hashed(2), 'x'.repeat(90_000));
    await controller.start();
    const watched = reads(sides.old);
    const told: BackfillProgress[] = [];
    const onProgress = (progress: BackfillProgress): unknown => told.push(progress);
    const both = { old: watched.side, new: sides.new };
    await backfill(both, { ...fast, batchRows: 7, batchBytes: 50_000, onProgress });
    expect((await keysAt('sessions')).length).toBe(62);
    // Whatever comes before the limit, and one row.
    expect(watched.mostBytes).toBeLessThan(50_000 + 90_000);
    expect(told.length).toBeGreaterThanOrEqual(60 / 5);
  });

  it('finds every key in a database that does not sort by bytes', async () => {
    // Danish has "aa" behind "z".
    for (const side of ['main', 'sessions'] as const)
      await sides.databases[side].query('alter table session alter session_key type text collate "da-x-icu"');
    const keys = [0x00, 0xa9, 0xab, 0xff, 0xaa].map((bucket) => storedKeyIn(bucket));
    await fillOld(keys);
    await controller.start();
    await until(4, { batchRows: 1 });
    expect(await backfill(sides, fast)).toMatchObject({ rows: 5, covered: 256 });
    expect((await keysAt('sessions')).sort()).toEqual(keys.sort());
  });

  it('sends nothing back that came from there', async () => {
    const [mine, theirs] = [storedKeyIn(7), storedKeyIn(7)];
    await fillOld([mine, theirs]);
    await controller.start();
    await controller.switch('new', [7]);
    await sides.databases.main.query('update session set version = (2::bigint << 40) + 5 where session_key = $1', [
      theirs,
    ]);
    await backfill(sides, fast);
    expect(await keysAt('sessions')).toEqual([mine]);
  });

  it('sends every row under the id of its move and with a deadline', async () => {
    await fillOld(hashed(40));
    // Tombstones have no bytes.
    await sides.databases.main.query('update session set data = null, version = version + 1');
    await fillOld(hashed(10));
    const moveId = await controller.start();
    const sent: SiteCopy[] = [];
    const site: MoveSide['site'] = {
      ...sides.new.site,
      copy: async (copies) => {
        sent.push(...copies);
        return sides.new.site.copy(copies);
      },
    };
    await backfill({ old: sides.old, new: { ...sides.new, site } }, { ...fast, batchRows: 7 });
    expect(sent).toHaveLength(50);
    expect(new Set(sent.map((copy) => copy.moveId))).toEqual(new Set([moveId]));
    for (const { deadline } of sent) expect((deadline as Date).getTime()).toBeGreaterThan(Date.now() + 500_000);
  });

  it('is not confused by what was written meanwhile, and never goes backwards', async () => {
    const key = storedKeyIn(3);
    await fillOld([key, ...hashed(50)]);
    await controller.start();
    const store = sides.openStore();
    const expiresAt = new Date(Date.now() + 3_600_000);
    const data = `{"n":"${randomBytes(4).toString('hex')}"}`;
    await store.apply([{ kind: 'update', key, data, expiresAt, userId: null, expectedVersion: undefined }]);
    await sides.drain('old');
    await backfill(sides, fast);
    const { rows } = await sides.databases.sessions.query('select data from session where session_key = $1', [key]);
    expect(rows).toEqual([{ data }]);
  });
});
