import type { SessionStore, StoredKey } from '@switchyard/session-backends';
import { otherSite, type SiteName } from '@switchyard/session-backends/fence';
import type { BucketPhase } from '../../src/bucket-phase.ts';
import { createMoveController, type MoveController } from '../../src/move-controller.ts';
import type { VerifyReport } from '../../src/verify/verify-report.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import { nthKey, startFilled } from '../support/filled-sides.ts';
import { flip, giveUp } from '../support/flip.ts';
import { ALL_BUCKETS } from '../../src/move-controller.ts';
import { startTraffic } from '../support/live-traffic.ts';
import { behindTriggers } from '../support/planted.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

const ROWS = 400;

interface World {
  readonly sides: TwoSides;
  readonly controller: MoveController;
}

const arm =
  (side: SiteName, epoch: number) =>
  async ({ sides }: World): Promise<void> => {
    await flip(sides[side].database, ALL_BUCKETS, () => ({ epoch, state: 'armed', merge: true, capture: true }));
  };
const commit =
  (side: SiteName) =>
  async ({ sides }: World): Promise<void> => {
    await flip(sides[side].database, ALL_BUCKETS, giveUp);
  };
const switchTo =
  (to: SiteName) =>
  ({ controller }: World): Promise<void> =>
    controller.switch(to);
const settle =
  (from: SiteName) =>
  async ({ sides, controller }: World): Promise<void> => {
    await sides.drain(from);
    expect(await controller.settle()).toEqual([]);
  };
/** The side that was left becomes a mirror that takes nothing of an earlier epoch any more. */
const settleAgain = ({ controller }: World): Promise<unknown> => controller.settle();

interface Step {
  readonly name: string;
  readonly phase: BucketPhase;
  readonly serves: SiteName;
  readonly go: (world: World) => Promise<unknown>;
  /** Of three lost rows, one that is damaged, and one that was written past the fences. */
  readonly repairs: readonly [lost: number, corrupt: number, rogue: number];
}

/** Each one goes on from the phase before. */
const STEPS: readonly Step[] = [
  { name: 'filled', phase: 'mirroring', serves: 'old', go: async () => undefined, repairs: [3, 1, 1] },
  { name: 'armed', phase: 'switching', serves: 'old', go: arm('new', 2), repairs: [3, 1, 0] },
  { name: 'past the commit point', phase: 'switching', serves: 'new', go: commit('old'), repairs: [0, 0, 0] },
  { name: 'switched', phase: 'merging', serves: 'new', go: switchTo('new'), repairs: [3, 0, 0] },
  { name: 'moved', phase: 'moved', serves: 'new', go: settle('old'), repairs: [3, 1, 1] },
  // The mirror takes no copies of earlier epochs any more: the authority has to write its rows again.
  { name: 'settled', phase: 'moved', serves: 'new', go: settleAgain, repairs: [3, 1, 1] },
  { name: 'rolled back', phase: 'merging-back', serves: 'old', go: switchTo('old'), repairs: [0, 0, 0] },
  { name: 'mirroring again', phase: 'mirroring', serves: 'old', go: settle('new'), repairs: [3, 1, 1] },
  { name: 'switched again', phase: 'merging', serves: 'new', go: switchTo('new'), repairs: [0, 0, 0] },
];

describe('a comparison in each phase', () => {
  let world: World;
  let store: SessionStore;
  beforeEach(async () => {
    const sides = await openTwoSides();
    world = { sides, controller: createMoveController(sides) };
    store = sides.openStore();
    await startFilled(sides, ROWS);
  });
  afterEach(() => world.sides.databases.close());

  const goTo = async (last: number): Promise<void> => {
    for (const step of STEPS.slice(0, last + 1)) {
      await step.go(world);
      // In every phase something is written, some of which stays where it was written until the next.
      const results = await store.apply(
        [0, 1, 2, 3].map((i) => ({
          kind: 'update',
          key: nthKey(ROWS - i - 4 * STEPS.indexOf(step)),
          data: '{}',
          expiresAt: new Date('2100-01-01'),
          userId: null,
          expectedVersion: undefined,
        })),
      );
      expect(results.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
    }
    expect([...new Set(await world.controller.phases())]).toEqual([STEPS[last]?.phase]);
  };

  it('finds nothing where all is right, neither in a phase nor during the step to it', async () => {
    const { sides } = world;
    const traffic = startTraffic({ ...sides, store, rows: [1, ROWS], drains: ['old', 'new'] });
    const reports: VerifyReport[] = [];
    try {
      for (const { go, phase } of STEPS) {
        const during = [verifyMove(sides), verifyMove(sides)];
        await go(world);
        expect([...new Set(await world.controller.phases())]).toEqual([phase]);
        reports.push(...(await Promise.all(during)), await verifyMove(sides), await verifyMove(sides));
      }
    } finally {
      await traffic.stop();
    }
    for (const report of reports)
      expect(report).toMatchObject({
        findings: [],
        clean: true,
        notCovered: 0,
        buckets: { compared: 256, skipped: {} },
      });
    expect(traffic.counts.written).toBeGreaterThan(100);
  });

  it.each(STEPS.map((step, i) => [step.name, i, step] as const))(
    '%s: what is wrong is found, and repaired where that is safe',
    async (_, i, { serves, repairs: [lost, corrupt, rogue] }) => {
      await goTo(i);
      const { sides } = world;
      const authority = sides[serves];
      const mirror = sides[otherSite(serves)];
      const set = (side: typeof mirror, columns: string, key: StoredKey): Promise<unknown> =>
        behindTriggers(side, `update session set ${columns} where session_key = $1`, [key]);
      await set(mirror, `version = version - 1, data = '{"behind":1}'`, nthKey(1));
      await behindTriggers(mirror, 'delete from session where session_key = $1', [nthKey(2)]);
      await behindTriggers(authority, 'update session set data = null, version = version + 1 where session_key = $1', [
        nthKey(3),
      ]);
      await set(mirror, `data = '{"rotten":1}'`, nthKey(4));
      await set(mirror, 'version = version + (8::bigint << 40)', nthKey(5));
      const report = await verifyMove(sides);
      expect(report.found).toEqual({ 'lost-capture': 3, corruption: 1, 'rogue-writer': 1 });

      const repaired = await verifyMove(sides, { repair: true, discardRogue: true });
      expect(repaired.repaired).toEqual({ 'lost-capture': lost, corruption: corrupt, 'rogue-writer': rogue });
      const after = await verifyMove(sides);
      const left = { 'lost-capture': 3 - lost, corruption: 1 - corrupt, 'rogue-writer': 1 - rogue };
      expect(after).toMatchObject({ found: left, clean: lost + corrupt + rogue === 5 });
      const [tombstone] = await mirror.database.query('select data from session where session_key = $1', [nthKey(3)]);
      expect(tombstone?.['data'] === null).toBe(lost > 0);
    },
  );
});
