import type { MemoryRow, MemorySite, SiteCopy, SiteName, Version } from '@switchyard/session-backends/fence';
import type { StoredKey } from '@switchyard/session-backends';
import type { FenceStep, FenceStepName, SiteView } from '../../../src/model/fence-steps.ts';
import type { Code } from './load-code.ts';
import type { Schedule } from './schedule.ts';

export interface MoverOptions {
  readonly code: Code;
  readonly schedule: Schedule;
  readonly sites: Readonly<Record<SiteName, MemorySite>>;
  readonly bucket: number;
}

export interface Mover {
  /** Changes the authority so many times, each time up to parity. */
  move(hops: number): Promise<void>;
  /** Carries what is in the outboxes, in both directions, beside whatever the mover does. */
  work(rounds: number): Promise<void>;
}

interface Entry {
  readonly key: StoredKey;
  readonly marked: Version;
  readonly row: MemoryRow | undefined;
}

const SEATS: readonly SiteName[] = ['new', 'old'];

/** The controller and the worker of a move between two sites in memory: each statement is a step of the schedule. */
export function createMover({ code, schedule, sites, bucket }: MoverOptions): Mover {
  const { fence: rules, fenceSteps } = code;
  const covered: Record<SiteName, boolean> = { old: true, new: false };
  const fenceAt = async (name: SiteName) => (await sites[name].fences())[bucket] as SiteView['fence'];

  const viewOf = async (name: SiteName): Promise<SiteView> => ({
    name,
    fence: await fenceAt(name),
    outbox: [...sites[name].outbox.values()].map(({ version }) => version),
    covered: covered[name],
  });

  /** Reads both fences and makes this step, if it is a legal one now. Only one mover is at work: nothing changes in between. */
  const step = async (task: string, name: SiteName, wanted: FenceStepName): Promise<boolean> => {
    await schedule.moment(task, `${wanted} at ${name}`);
    const views = { own: await viewOf(name), other: await viewOf(rules.otherSite(name)) };
    const options = { lastEpoch: 9, freshMoveId: null, mayStop: false };
    const found: FenceStep | undefined = fenceSteps(() => true, views.own, views.other, options).find(
      (possible) => possible.name === wanted,
    );
    if (found === undefined) return false;
    sites[name].setFence(bucket, found.fence);
    return true;
  };

  const must = async (task: string, name: SiteName, wanted: FenceStepName): Promise<void> => {
    if (!(await step(task, name, wanted))) throw new Error(`the mover could not ${wanted} at ${name}`);
  };

  /** Sends rows to the other side; resolves to the version that it then holds of each. */
  const copy = async (task: string, from: SiteName, entries: readonly Entry[]): Promise<Version[]> => {
    const to = rules.otherSite(from);
    const { moveId } = await fenceAt(from);
    const copies = entries.map(({ key, row }): SiteCopy => {
      const { data, expiresAt, version, userId } = row as MemoryRow;
      return { key, bucket, data, expiresAt, version, userId, moveId, adoptEpoch: null, deadline: null };
    });
    const run = (): void => void sites[to].copy(copies);
    await new Promise<void>((resolve) =>
      schedule.offer(task, [
        { text: `copies ${copies.length} rows to ${to}`, take: () => resolve(run()) },
        {
          text: `copies ${copies.length} rows to ${to}, and they are late`,
          fault: true,
          take: () => {
            schedule.offer('network', [{ text: `late copies arrive at ${to}`, take: run }]);
            resolve();
          },
        },
      ]),
    );
    return copies.map(({ key }) => sites[to].rows.get(key)?.version ?? 0);
  };

  /** One batch: read here, copied there, cleared here. Resolves to whether anything could be cleared. */
  const drain = async (task: string, from: SiteName): Promise<boolean> => {
    await schedule.moment(task, `reads the outbox of ${from}`);
    const fence = await fenceAt(from);
    const { outbox, rows } = sites[from];
    const entries = [...outbox].map(([key, { version }]): Entry => ({ key, marked: version, row: rows.get(key) }));
    if (entries.length === 0 || !rules.maySend(fence)) return false;
    const there = rules.otherSite(from);
    const outward = entries.filter(({ row }) => row !== undefined && !rules.isForeign(row.version, fence));
    const held = outward.length > 0 ? await copy(task, from, outward) : [];
    await schedule.moment(task, `clears the outbox of ${from}`);
    let cleared = 0;
    for (const entry of entries) {
      const at = outward.indexOf(entry);
      const version = entry.row?.version ?? entry.marked;
      const done = entry.row === undefined || rules.mayClearOutbox(version, at < 0 ? 0 : (held[at] as Version), there);
      if (done && (outbox.get(entry.key)?.version ?? 0) <= version && outbox.delete(entry.key)) cleared++;
    }
    return cleared > 0;
  };

  const backfill = async (task: string, from: SiteName, to: SiteName): Promise<void> => {
    while (!covered[to]) {
      await schedule.moment(task, `reads the rows of ${from}`);
      const entries = [...sites[from].rows].map(([key, row]): Entry => ({ key, marked: row.version, row }));
      const held = entries.length > 0 ? await copy(task, from, entries) : [];
      covered[to] = entries.every(({ marked }, i) => (held[i] as Version) >= marked);
    }
  };

  return {
    move: async (hops) => {
      const task = 'mover';
      for (let hop = 0; hop < hops; hop++) {
        const to = SEATS[hop % 2] as SiteName;
        const from = rules.otherSite(to);
        await backfill(task, from, to);
        await must(task, to, 'arm');
        await must(task, from, 'commit');
        await must(task, to, 'activate');
        while (!(await step(task, to, 'parity'))) while (await drain(task, from));
        await step(task, from, 'settle');
        await drain(task, to);
      }
    },
    work: async (rounds) => {
      for (let round = 0; round < rounds; round++) {
        await drain('worker', 'old');
        await drain('worker', 'new');
      }
    },
  };
}
