import type { MoveDatabase } from '../../src/move-database.ts';
import { lookAt } from '../../src/verify/look.ts';
import { openScope, type BothSides, type Scope } from '../../src/verify/scope.ts';
import { nthKey, startFilled } from '../support/filled-sides.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

describe('a close look', () => {
  let sides: TwoSides;
  beforeEach(async () => {
    sides = await openTwoSides();
    await startFilled(sides, 10);
  });
  afterEach(() => sides.databases.close());

  /** Something happens after the nth look at the old side. */
  const interrupted = async (happens: (looks: number) => Promise<unknown>): Promise<Scope> => {
    const scope = await openScope(sides, 'sha256');
    let looks = 0;
    const query: MoveDatabase['query'] = async (text, values) => {
      const rows = await sides.old.database.query(text, values);
      await happens(++looks);
      return rows;
    };
    const watched: BothSides = { ...sides, old: { ...sides.old, database: { ...sides.old.database, query } } };
    return { ...scope, sides: watched };
  };

  it('is of one moment of the fences: where they changed meanwhile, it is taken again', async () => {
    let seen = 0;
    const scope = await interrupted(async (looks) => {
      seen = looks;
      if (looks === 1) await sides.databases.main.query('update session_fence set capture = false');
    });
    const sightings = await lookAt(scope, [nthKey(1), nthKey(2)]);
    expect([...sightings.values()].map(({ reign }) => reign.capture)).toEqual([false, false]);
    expect(seen).toBe(4);
  });

  it('waits for a switch that is under way', async () => {
    const scope = await interrupted(async (looks) => {
      if (looks === 4) await sides.databases.main.query(`update session_fence set state = 'auth'`);
    });
    await sides.databases.main.query(`update session_fence set state = 'idle'`);
    const sightings = await lookAt(scope, [nthKey(1)]);
    expect(sightings.get(nthKey(1))?.reign).toEqual({ side: 'old', epoch: 1, merge: false, capture: true });
  });

  it('gives up when the fences contradict each other for long', async () => {
    const scope = await openScope(sides, 'sha256');
    await sides.databases.main.query(`update session_fence set state = 'idle'`);
    await expect(lookAt(scope, [nthKey(1)])).rejects.toMatchObject({ code: 'ILLEGAL_FENCES' });
  });
});
