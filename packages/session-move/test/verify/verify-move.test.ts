import { verifyMove } from '../../src/verify/verify-move.ts';
import { nthKey, startFilled } from '../support/filled-sides.ts';
import { startTraffic, type LiveTraffic } from '../support/live-traffic.ts';
import { PLANTS, plantDifferences, untouchedFrom } from '../support/planted.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

const ROWS = 20_000;
const EACH = 20;

describe('a comparison of both sides, under live writes', () => {
  let sides: TwoSides;
  let traffic: LiveTraffic | undefined;
  beforeEach(async () => {
    sides = await openTwoSides();
    await startFilled(sides, ROWS);
  });
  afterEach(async () => {
    await traffic?.stop();
    traffic = undefined;
    await sides.databases.close();
  });
  const open = (from: number): LiveTraffic =>
    (traffic = startTraffic({ ...sides, store: sides.openStore(), rows: [from, ROWS] }));

  const planted = (kind: string): number => EACH * PLANTS.filter((plant) => plant.kind === kind).length;

  it('finds nothing where nothing is wrong', async () => {
    const { counts } = open(1);
    let lag = 0;
    for (let round = 0; round < 4; round++) {
      const report = await verifyMove(sides);
      expect(report).toMatchObject({ findings: [], clean: true, expiredOnly: 0, notCovered: 0 });
      expect(report.rows.old).toBeGreaterThanOrEqual(ROWS);
      lag += report.lag.waiting + report.lag.caughtUp;
    }
    expect(counts.written).toBeGreaterThan(200);
    expect(counts.carried).toBeGreaterThan(200);
    expect(lag).toBeGreaterThan(0);
  });

  it('finds each planted difference, of every sort, and nothing else', async () => {
    const keys = await plantDifferences({ authority: sides.old, mirror: sides.new, store: sides.openStore() }, EACH);
    open(untouchedFrom(EACH));
    const report = await verifyMove(sides);
    expect(report.found).toEqual({
      'lost-capture': planted('lost-capture'),
      corruption: planted('corruption'),
      'rogue-writer': planted('rogue-writer'),
    });
    expect(report).toMatchObject({ expiredOnly: planted('expired-only'), notCovered: 0, clean: false });
    expect(report.findings).toHaveLength(100);
    const kinds = new Map([...keys].map(([key, kind]) => [key.slice(0, 8), kind]));
    for (const { kind, key } of report.findings) expect([key, kind]).toEqual([key, kinds.get(key)]);

    const repaired = await verifyMove(sides, { repair: true });
    expect(repaired.repaired).toEqual({
      'lost-capture': planted('lost-capture'),
      corruption: planted('corruption'),
      'rogue-writer': 0,
    });
    expect(repaired.clean).toBe(false);
    const discarded = await verifyMove(sides, { repair: true, discardRogue: true });
    expect(discarded).toMatchObject({ found: { 'lost-capture': 0, corruption: 0 }, clean: true });
    expect(discarded.repaired['rogue-writer']).toBe(planted('rogue-writer'));
    await traffic?.stop();
    await sides.drain('old');
    const last = await verifyMove(sides, { repair: true, discardRogue: true });
    expect(last).toMatchObject({
      found: { 'rogue-writer': 0 },
      lag: { waiting: 0, caughtUp: 0 },
      findings: [],
      clean: true,
    });
    await expectEqualTables(
      sides,
      [...keys].flatMap(([key, kind]) => (kind === 'expired-only' ? [key] : [])),
    );
  });

  it('draws a sample, and finds in it what is wrong', async () => {
    await sides.new.database.query('update session set version = version + 7 where session_key = any ($1)', [
      Array.from({ length: ROWS / 10 }, (_, n) => nthKey(n + 1)),
    ]);
    open(ROWS / 10 + 1);
    const report = await verifyMove(sides, { sample: 0.2 });
    expect(report.sample).toBe(0.2);
    expect(report.rows.old).toBeGreaterThan(ROWS / 10);
    expect(report.rows.old).toBeLessThan(0.3 * ROWS);
    expect(report.found).toMatchObject({ 'lost-capture': 0, corruption: 0 });
    expect(report.found['rogue-writer']).toBeGreaterThan(ROWS / 100);
    expect(report.found['rogue-writer']).toBeLessThan(ROWS / 10);
  });
});

/** By another way than the one that is tested. */
async function expectEqualTables(sides: TwoSides, but: readonly string[]): Promise<void> {
  const rows = await Promise.all(
    [sides.old, sides.new].map(({ database }) =>
      database.query(
        `select session_key, data, expires_at::text, version::text, user_id from session
         where session_key <> all ($1) order by session_key collate "C"`,
        [but],
      ),
    ),
  );
  expect(rows[0]?.length).toBeGreaterThan(1_000);
  expect(rows[0]?.filter((row, i) => JSON.stringify(row) !== JSON.stringify(rows[1]?.[i]))).toEqual([]);
  expect(rows[0]).toHaveLength(rows[1]?.length ?? 0);
}
