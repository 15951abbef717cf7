import type { ConsoleStatus } from '../../src/ops/status/console-status.ts';
import { createStatusFeed, type Snapshot, type StatusFeed } from '../../src/ops/status/status-feed.ts';
import { statusOf } from './support/status-of.ts';
import { until } from './support/until.ts';

describe('the feed of the console', () => {
  let feed: StatusFeed;
  afterEach(() => feed.close());

  it('looks as long as somebody watches, once for all, and not when nobody does', async () => {
    let looks = 0;
    const read = async (): Promise<ConsoleStatus> => statusOf({ at: ++looks * 1_000 });
    feed = createStatusFeed({ read, everyMs: 5, lingerMs: 20 });
    expect(looks).toBe(0);
    const seen: [Snapshot[], Snapshot[]] = [[], []];
    const unwatch = seen.map((snapshots) => feed.watch((snapshot) => snapshots.push(snapshot)));
    await until('both have seen five looks', async () => seen.every(({ length }) => length >= 5));
    expect(seen[0]?.slice(0, 5)).toEqual(seen[1]?.slice(0, 5));
    expect(looks).toBeLessThanOrEqual(seen[0].length + 1);
    expect(feed.history().map(([at]) => at)).toEqual(seen[0].map(({ status }) => status.at / 1_000));

    for (const let_go of unwatch) let_go();
    await until('it has stopped', async () => feed.history().length === 0);
    const before = looks;
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(looks).toBe(before);
    // Whoever comes then begins anew.
    feed.watch((snapshot) => seen[0].push(snapshot));
    await until('it looks again', async () => looks > before);
  });

  it('goes on with what it knew when a look fails, and says so', async () => {
    let isBroken = false;
    const read = async (): Promise<ConsoleStatus> => {
      if (isBroken) throw new RangeError('a detail that is nobody’s business');
      return statusOf({ at: 1_000 });
    };
    feed = createStatusFeed({ read, everyMs: 5, lingerMs: 20 });
    const seen: Snapshot[] = [];
    feed.watch((snapshot) => seen.push(snapshot));
    await until('it has looked', async () => seen.length > 0);
    isBroken = true;
    await until('it has failed', async () => seen.at(-1)?.trouble !== undefined);
    expect(seen.at(-1)).toMatchObject({ trouble: 'RangeError', status: { at: 1_000 } });
    isBroken = false;
    await until('it has recovered', async () => seen.at(-1)?.trouble === undefined);
  });

  it('lets a watcher go that throws, and tells the others', async () => {
    const faults: unknown[] = [];
    feed = createStatusFeed({
      read: async () => statusOf(),
      everyMs: 5,
      onFault: (error) => faults.push(error),
    });
    let told = 0;
    feed.watch(() => {
      throw new Error('a page that cannot be made');
    });
    feed.watch(() => told++);
    await until('the other one is told', async () => told > 3);
    expect(faults).toEqual([new Error('a page that cannot be made')]);
  });
});
