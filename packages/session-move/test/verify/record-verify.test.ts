import { lastVerify, recordVerify } from '../../src/verify/record-verify.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import type { VerifyReport } from '../../src/verify/verify-report.ts';
import { nthKey, startFilled } from '../support/filled-sides.ts';
import { behindTriggers } from '../support/planted.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

describe('the log of comparisons', () => {
  let sides: TwoSides;
  let moveId: string;
  let clean: VerifyReport;
  let wrong: VerifyReport;
  beforeAll(async () => {
    sides = await openTwoSides();
    moveId = await startFilled(sides, 50);
    clean = await verifyMove(sides);
    await behindTriggers(sides.new, 'delete from session where session_key = $1', [nthKey(1)]);
    wrong = await verifyMove(sides);
  });
  beforeEach(async () => {
    for (const { database } of [sides.old, sides.new]) await database.query('delete from session_audit');
  });
  afterAll(() => sides.databases.close());

  it('is empty at first', async () => {
    expect(await lastVerify(sides.new.database, moveId)).toBeUndefined();
  });

  it('has the last one of a move at both sides, without the keys of what was found', async () => {
    await recordVerify(sides, 'ops@shop', clean);
    await recordVerify(sides, 'ops@shop', wrong);
    for (const { database } of [sides.old, sides.new]) {
      const last = await lastVerify(database, moveId);
      const { findings: _, ...summary } = wrong;
      expect(last).toMatchObject({ actor: 'ops@shop', clean: false, summary });
      expect(last?.ageMs).toBeGreaterThanOrEqual(0);
      expect(last?.ageMs).toBeLessThan(60_000);
      expect(JSON.stringify(last)).not.toContain(nthKey(1).slice(0, 8));
      expect(await lastVerify(database, '00000000-0000-4000-8000-000000000000')).toBeUndefined();
    }
  });

  it('tells its age by the clock of the database', async () => {
    await recordVerify(sides, 'ops@shop', clean);
    await sides.old.database.query(`update session_audit set at = at - interval '2 hours'`);
    expect((await lastVerify(sides.old.database, moveId))?.ageMs).toBeGreaterThan(7_199_000);
  });

  it('does not take a sample for a comparison of everything, unless something was wrong in it', async () => {
    await recordVerify(sides, 'ops@shop', clean);
    await recordVerify(sides, 'cron@shop', { ...clean, sample: 0.05 });
    expect(await lastVerify(sides.new.database, moveId)).toMatchObject({ actor: 'ops@shop' });
    await recordVerify(sides, 'cron@shop', { ...wrong, sample: 0.05 });
    expect(await lastVerify(sides.new.database, moveId)).toMatchObject({ actor: 'cron@shop', clean: false });
  });
});
