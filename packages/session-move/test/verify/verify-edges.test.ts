import { drawSessionKey, type StoredKey } from '@switchyard/session-backends';
import { fencedStore } from '@switchyard/session-backends/fence';
import { createMoveController } from '../../src/move-controller.ts';
import type { MoveDatabase } from '../../src/move-database.ts';
import type { Progress } from '../../src/verify/pace.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import type { VerifyReport } from '../../src/verify/verify-report.ts';
import { nthKey, startFilled } from '../support/filled-sides.ts';
import { startTraffic } from '../support/live-traffic.ts';
import { behindTriggers } from '../support/planted.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

const insertAt = ({ query }: MoveDatabase, keys: readonly string[]): Promise<unknown> =>
  query(
    `insert into session (session_key, data, expires_at) select key, '{"secret":1}', '2100-01-01' from unnest($1::text[]) key`,
    [keys],
  );

const bucketsOf = ({ findings }: VerifyReport): number[] => findings.map(({ bucket }) => bucket).sort((a, b) => a - b);

describe('a comparison', () => {
  let sides: TwoSides;
  beforeEach(async () => {
    sides = await openTwoSides();
  });
  afterEach(() => sides.databases.close());

  it('needs a move that is under way', async () => {
    await expect(verifyMove(sides)).rejects.toMatchObject({ code: 'NOT_NOW' });
    const moveId = await startFilled(sides, 10);
    expect((await verifyMove(sides)).moveId).toBe(moveId);
    const controller = createMoveController(sides);
    await controller.switch('new');
    await controller.settle();
    await controller.complete();
    await expect(verifyMove(sides)).rejects.toMatchObject({ code: 'NOT_NOW' });
  });

  it('expects nothing of a bucket that the backfill has not finished, but takes no damage there', async () => {
    await startFilled(sides, 600);
    const { rows } = await sides.databases.main.query(
      `select count(*)::int as n from session where session_key < '10'`,
    );
    const expected = (rows[0] as { n: number }).n;
    await sides.new.database.query('update session_move_cursor set done = false where bucket < 16');
    await behindTriggers(sides.new, `delete from session where session_key < '10'`, []);
    expect(await verifyMove(sides)).toMatchObject({ notCovered: expected, findings: [], clean: true });
    const rogue = `0a${'7'.repeat(62)}`;
    await insertAt(sides.new.database, [rogue]);
    expect(await verifyMove(sides)).toMatchObject({ notCovered: expected, found: { 'rogue-writer': 1 }, clean: false });
  });

  it('shows neither data nor whole keys', async () => {
    await startFilled(sides, 10);
    await insertAt(sides.new.database, [nthKey(11)]);
    await behindTriggers(sides.new, `update session set user_id = 'mallory' where session_key = $1`, [nthKey(1)]);
    const report = await verifyMove(sides);
    expect(report.findings).toContainEqual({
      kind: 'rogue-writer',
      bucket: Number.parseInt(nthKey(11).slice(0, 2), 16),
      key: nthKey(11).slice(0, 8),
      old: null,
      new: { version: 2 ** 40 + 1, expiresAt: '2100-01-01T00:00:00.000Z', state: 'live' },
      differs: [],
      repaired: false,
    });
    expect(report.findings).toContainEqual(expect.objectContaining({ kind: 'corruption', differs: ['user'] }));
    const text = JSON.stringify(report);
    expect(JSON.parse(text)).toEqual(report);
    for (const secret of ['secret', 'mallory', nthKey(11).slice(0, 9), nthKey(1).slice(0, 9)])
      expect(text).not.toContain(secret);
  });

  it('goes through both sides page by page, wherever the rows are', async () => {
    await startFilled(sides, 300);
    // Two pages and a half, in a few buckets, where the other side has nothing.
    const strange = Array.from({ length: 10_000 }, (_, n) => `${n % 2 === 0 ? '7' : '8'}${nthKey(n + 1_000).slice(1)}`);
    await insertAt(sides.new.database, strange);
    const sizes: number[] = [];
    const watched = {
      ...sides,
      new: {
        ...sides.new,
        database: {
          ...sides.new.database,
          query: async (text: string, values?: readonly unknown[]) => {
            const rows = await sides.new.database.query(text, values);
            sizes.push(rows.length);
            return rows;
          },
        },
      },
    };
    const report = await verifyMove(watched);
    expect(report).toMatchObject({ rows: { old: 300, new: 10_300 }, found: { 'rogue-writer': 10_000 } });
    expect(Math.max(...sizes)).toBeLessThanOrEqual(4_096);
  });

  it('leaves out the buckets that nothing is carried for, and those whose fences contradict each other', async () => {
    await startFilled(sides, 600);
    await sides.databases.main.query('update session_fence set capture = false where bucket between 16 and 31');
    await sides.databases.main.query('update session_fence set epoch = 7 where bucket = 255');
    await sides.databases.sessions.query(`update session_fence set epoch = 8, state = 'auth' where bucket = 255`);
    await insertAt(sides.new.database, [`10${'7'.repeat(62)}`, `ff${'7'.repeat(62)}`]);
    expect(await verifyMove(sides)).toMatchObject({
      buckets: { compared: 239, skipped: { off: 16, illegal: 1 } },
      findings: [],
      clean: false,
    });
    await insertAt(sides.new.database, [`0f${'7'.repeat(62)}`, `20${'7'.repeat(62)}`]);
    expect(bucketsOf(await verifyMove(sides))).toEqual([15, 32]);
  });

  it('says how far it is, keeps to a pace and ends when told to', async () => {
    await startFilled(sides, 10_000);
    const seen: Progress[] = [];
    await verifyMove(sides, { maxRowsPerSecond: 20_000, onProgress: (progress) => void seen.push(progress) });
    expect(seen).toHaveLength(3);
    expect(seen.at(-1)).toMatchObject({ rows: 10_000, leftMs: 0 });
    expect(Math.max(...seen.map(({ rowsPerSecond }) => rowsPerSecond))).toBeLessThanOrEqual(20_100);

    const abort = new AbortController();
    const stop = (): void => abort.abort(new Error('enough'));
    let pages = 0;
    const aborted = verifyMove(sides, { signal: abort.signal, onProgress: () => void (++pages === 1 && stop()) });
    await expect(aborted).rejects.toThrow('enough');
    expect(pages).toBe(1);
    await expect(verifyMove(sides, { signal: abort.signal })).rejects.toThrow('enough');
  });

  it.each([
    [{ sample: 0 }, 'sample'],
    [{ sample: 1.5 }, 'sample'],
    [{ sample: Number.NaN }, 'sample'],
    [{ maxRowsPerSecond: 0 }, 'maxRowsPerSecond'],
    [{ discardRogue: true }, 'discardRogue'],
  ])('refuses %j', async (options, name) => {
    await expect(verifyMove(sides, options)).rejects.toThrow(new RegExp(`"${name}"`));
    await expect(verifyMove(sides, options)).rejects.toBeInstanceOf(TypeError);
  });

  it('is not misled by databases that sort their keys differently', async () => {
    // In Danish, "aa" comes after "z".
    await sides.databases.sessions.query('alter table session alter column session_key type text collate "da-x-icu"');
    await startFilled(sides, 5_000);
    expect(await verifyMove(sides)).toMatchObject({
      rows: { old: 5_000, new: 5_000 },
      lag: { caughtUp: 0 },
      clean: true,
    });
    await insertAt(sides.new.database, [`aa${'7'.repeat(62)}`, `1a${'a'.repeat(62)}`]);
    expect(bucketsOf(await verifyMove(sides))).toEqual([0x1a, 0xaa]);
  });

  it('compares keys that are stored in clear', async () => {
    const plain = { keyEncoding: 'plain' } as const;
    const keys = Array.from({ length: 5_000 }, () => drawSessionKey() as string as StoredKey);
    const moveId = await createMoveController(sides).start();
    for (const { database } of [sides.old, sides.new]) await insertAt(database, keys);
    await sides.new.database.query(
      'insert into session_move_cursor (bucket, move_id, done) select bucket, $1, true from session_fence',
      [moveId],
    );
    const store = fencedStore({ sites: [sides.old.site, sides.new.site], ...plain });
    const traffic = startTraffic({ ...sides, store, rows: [0, 999], keyOf: (n) => keys[n] as StoredKey, blind: true });
    await expect(verifyMove(sides)).rejects.toMatchObject({ code: 'WRONG_KEY_ENCODING' });
    const quiet = await verifyMove(sides, plain);
    const rogue = drawSessionKey();
    await insertAt(sides.new.database, [rogue]);
    await behindTriggers(sides.new, 'delete from session where session_key = $1', [keys[1_000]]);
    const report = await verifyMove(sides, { ...plain, repair: true });
    await traffic.stop();
    expect(quiet).toMatchObject({ findings: [], clean: true });
    expect(quiet.rows.old).toBe(5_000);
    expect(traffic.counts.written).toBeGreaterThan(10);
    expect(report.found).toEqual({ 'lost-capture': 1, corruption: 0, 'rogue-writer': 1 });
    expect(report.repaired).toEqual({ 'lost-capture': 1, corruption: 0, 'rogue-writer': 0 });
    expect(JSON.stringify(report)).not.toContain(rogue.slice(0, 8));
  });
});
