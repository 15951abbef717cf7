import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { backfill, createMoveController, drain, pgMoveDatabase, type MoveSide } from '@switchyard/session-move';
import type { Point } from '../../src/move/messages.ts';
import { watchPoints } from '../../src/move/watch-points.ts';

let databases: TestDatabases;
let points: (Point & { readonly side: SiteName })[];
let sides: Record<SiteName, MoveSide>;
/** What happens at each point. */
let meanwhile: (point: Point) => Promise<void>;

beforeEach(async () => {
  databases = await openTestDatabases();
  points = [];
  meanwhile = async () => undefined;
  const side = (name: SiteName): MoveSide => {
    const pool = name === 'old' ? databases.main : databases.sessions;
    const bare = { database: pgMoveDatabase(pool), site: postgresSite({ name, executor: pgExecutor(pool) }) };
    return watchPoints(bare, async (point) => {
      points.push({ ...point, side: name });
      await meanwhile(point);
    });
  };
  sides = { old: side('old'), new: side('new') };
});
afterEach(() => databases.close());

const passed = (): string[] =>
  points.splice(0).flatMap((point) => (point.at === 'fence' ? [`${point.when} ${point.step} at ${point.side}`] : []));

const both = (...steps: readonly string[]): string[] => steps.flatMap((step) => [`inside ${step}`, `after ${step}`]);

describe('the points of a move', () => {
  it('are each fence change by its name, before its commit and after it', async () => {
    const controller = createMoveController(sides);
    await controller.start();
    expect(passed()).toEqual(both('prepare at new', 'capture at old'));
    await backfill(sides, { throttle: 'off' });
    await controller.switch('new', [0, 1, 2]);
    expect(passed()).toEqual(both('arm at new', 'commit at old', 'activate at new'));
    await controller.settle();
    expect(passed()).toEqual(both('parity at new', 'settle at old'));
    await controller.switch('old', [0, 1, 2]);
    await controller.settle();
    expect(passed()).toEqual(both('arm at old', 'commit at new', 'activate at old', 'parity at old', 'settle at new'));
    await controller.switch('new');
    await drain(sides.old, sides.new);
    await controller.settle();
    passed();
    await controller.complete();
    expect(passed()).toEqual(both('stop-capture at new', 'wipe at old'));
  });

  it('keep the change waiting, and its lock, as long as something happens there', async () => {
    const controller = createMoveController(sides);
    await controller.start();
    await backfill(sides, { throttle: 'off' });
    const states = new Map<string, string>();
    meanwhile = async (point) => {
      if (point.at !== 'fence' || point.step !== 'arm') return;
      const { rows } = await databases.sessions.query<{ locked: boolean }>(
        `select exists (select from pg_locks where relation = 'session_fence'::regclass and mode = 'AccessExclusiveLock' and granted) as locked`,
      );
      states.set(point.when, rows[0]?.locked === true ? 'locked' : 'free');
    };
    await controller.switch('new', [7]);
    expect(states).toEqual(
      new Map([
        ['inside', 'locked'],
        ['after', 'free'],
      ]),
    );
  });

  it('are each batch of rows that comes in', async () => {
    await databases.main.query(
      `insert into session (session_key, data, expires_at) values (repeat('0', 64), '{}', now() + interval '1 hour')`,
    );
    await createMoveController(sides).start();
    points = [];
    await backfill(sides, { throttle: 'off' });
    expect(points.filter(({ at }) => at === 'drain')).toEqual([
      { at: 'drain', when: 'before', side: 'new' },
      { at: 'drain', when: 'after', side: 'new' },
    ]);
  });
});
