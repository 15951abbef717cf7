import type { StoredKey } from '@switchyard/session-backends';
import { epochOf } from '@switchyard/session-backends/fence';
import { createMoveController } from '../../src/move-controller.ts';
import { judge } from '../../src/verify/judge.ts';
import { lookAt } from '../../src/verify/look.ts';
import { repairRows, type Suspect } from '../../src/verify/repair.ts';
import { openScope, type Scope } from '../../src/verify/scope.ts';
import { nthKey, startFilled } from '../support/filled-sides.ts';
import { behindTriggers } from '../support/planted.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

const KEY = nthKey(1);

describe('a repair', () => {
  let sides: TwoSides;
  let scope: Scope;
  beforeEach(async () => {
    sides = await openTwoSides();
    await startFilled(sides, 10);
    scope = await openScope(sides, 'sha256');
  });
  afterEach(() => sides.databases.close());

  const setAt = (side: 'old' | 'new', columns: string): Promise<unknown> =>
    behindTriggers(sides[side], `update session set ${columns} where session_key = $1`, [KEY]);
  const rowAt = async (
    side: 'old' | 'new',
    key: StoredKey = KEY,
  ): Promise<Readonly<Record<string, unknown>> | undefined> => {
    const [row] = await sides[side].database.query(
      'select data, version::float8 as version, expires_at::text, user_id from session where session_key = $1',
      [key],
    );
    return row;
  };
  const outbox = async (): Promise<readonly unknown[]> =>
    (await sides.databases.main.query('select session_key, version::float8 as version from session_outbox')).rows;
  const suspects = async (kind: string): Promise<Suspect[]> => {
    const found = [...(await lookAt(scope, [KEY]))].map(([key, sighting]) => ({
      key,
      sighting,
      verdict: judge(sighting),
    }));
    expect(found.map(({ verdict }) => verdict.kind)).toEqual([kind]);
    return found;
  };

  it('carries a lost row as it is', async () => {
    await setAt('old', `version = version + 1, data = '{"b":1}'`);
    const before = await rowAt('old');
    await repairRows(scope, await suspects('lost-capture'), false);
    expect(await rowAt('new')).toEqual(before);
    expect(await rowAt('old')).toEqual(before);
  });

  it('has the authority write a row again where a copy cannot help, and nothing else in it', async () => {
    await setAt('new', `data = '{"rotten":1}', user_id = 'mallory', expires_at = '2200-01-01'`);
    const before = await rowAt('old');
    await repairRows(scope, await suspects('corruption'), false);
    const after = await rowAt('old');
    expect(after).toEqual({ ...before, version: Number(before?.['version']) + 65_537 });
    expect(await rowAt('new')).toEqual(after);
    // The worker would have carried it, had the repair been broken off here.
    expect(await outbox()).toEqual([{ session_key: KEY, version: after?.['version'] }]);
    await suspects('same');
  });

  it('leaves a tombstone one', async () => {
    await setAt('old', 'data = null');
    await repairRows(scope, await suspects('corruption'), false);
    expect(await rowAt('old')).toMatchObject({ data: null });
    expect(await rowAt('new')).toEqual(await rowAt('old'));
  });

  it('takes the epoch of the authority, which nothing that was copied can have', async () => {
    const controller = createMoveController(sides);
    await controller.switch('new');
    expect(await controller.settle()).toEqual([]);
    await setAt('old', `data = '{"rotten":1}'`);
    await repairRows(scope, await suspects('corruption'), false);
    const row = await rowAt('new');
    expect(epochOf(row?.['version'] as number)).toBe(2);
    expect(await rowAt('old')).toEqual(row);
  });

  it('discards what a rogue writer has left on demand only', async () => {
    await setAt('new', `version = version + 5, data = '{"rogue":1}'`);
    const rogue = await rowAt('new');
    await repairRows(scope, await suspects('rogue-writer'), false);
    expect(await rowAt('new')).toEqual(rogue);
    await repairRows(scope, await suspects('rogue-writer'), true);
    expect(await rowAt('new')).toEqual(await rowAt('old'));
  });

  it('discards what the authority never had', async () => {
    await behindTriggers(sides.old, 'delete from session where session_key = $1', [KEY]);
    await repairRows(scope, await suspects('rogue-writer'), true);
    expect([await rowAt('old'), await rowAt('new')]).toEqual([undefined, undefined]);
  });

  it('does nothing to a row that has changed since it was looked at', async () => {
    await setAt('new', `data = '{"rotten":1}'`);
    const corrupt = await suspects('corruption');
    await setAt('old', `version = version + 3, data = '{"newer":1}'`);
    const newer = await rowAt('old');
    await repairRows(scope, corrupt, false);
    expect(await rowAt('old')).toEqual(newer);
    expect(await outbox()).toEqual([]);

    await setAt('new', `version = version + 5, data = '{"rogue":1}'`);
    const rogue = await suspects('rogue-writer');
    await setAt('new', 'version = version + 1');
    const changed = await rowAt('new');
    await repairRows(scope, rogue, true);
    expect(await rowAt('new')).toEqual(changed);
  });

  it.each([
    ['gives up', `state = 'gone', epoch = 2`],
    ['goes into a merge', 'merge = true'],
    ['captures nothing', 'capture = false'],
  ])('writes nothing at an authority that %s meanwhile', async (_, columns) => {
    await setAt('new', `data = '{"rotten":1}'`);
    const corrupt = await suspects('corruption');
    const before = await rowAt('old');
    await sides.old.database.query(`update session_fence set ${columns}`);
    await repairRows(scope, corrupt, false);
    expect(await rowAt('old')).toEqual(before);
    expect(await outbox()).toEqual([]);
  });

  it.each([
    ['is armed', `state = 'armed'`],
    ['serves', `state = 'auth'`],
    ['was left since', `state = 'gone', epoch = 3`],
    ['belongs to another move', `move_id = gen_random_uuid()`],
  ])('discards nothing at a mirror that %s meanwhile', async (_, columns) => {
    await setAt('new', `version = version + 5, data = '{"rogue":1}'`);
    const rogue = await suspects('rogue-writer');
    const before = await rowAt('new');
    await sides.new.database.query(`update session_fence set ${columns}`);
    await repairRows(scope, rogue, true);
    expect(await rowAt('new')).toEqual(before);
  });
});
