import { randomInt } from 'node:crypto';
import { bucketOfStored, type KeyEncoding, type StoredKey } from '../keys.ts';
import { SqlFailure } from '../sql-executor.ts';
import type { ApplyResult, CopyOperation, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import { createBeliefs } from './beliefs.ts';
import { classifyLost, classifyRefused, telltaleKey, toRecord, type FencedOperation } from './classify.ts';
import { FenceError } from './fence-error.ts';
import { createKeyQueue } from './key-queue.ts';
import {
  decideFence,
  mergeWinner,
  mustAskOther,
  otherHasGivenUp,
  otherSite,
  type Fence,
  type SiteName,
  type Version,
} from './rules.ts';
import type { Site, SiteLoad, SiteRow, SiteWrite, SiteWriteResult } from './site.ts';

export interface FencedStoreOptions {
  /** One site for a shop that does not move; the old and the new one for a shop that may. */
  readonly sites: readonly [Site] | readonly [Site, Site];
  /** How the stored keys were made from session keys: what their bucket is read from. Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** Told when an operation was sent on by a fence: the process had not known of a switch. */
  readonly onBounce?: (bucket: number, from: SiteName) => void;
}

/** How often an operation may be sent on or start over before the fences are called unsettled. */
const ROUNDS = 12;
/** From this round on, a pause before the next: a switch in progress takes milliseconds. */
const PATIENT_ROUND = 4;
const PAUSE_MS = 10;

/** Few enough that the versions of one session last for millions of writes, enough that two writers hardly meet. */
const LARGEST_STEP = 65_536;

interface Item {
  readonly key: StoredKey;
  readonly bucket: number;
  /** The highest epoch of its bucket that had served when its round began. */
  highest: number;
}

interface LoadItem extends Item {
  answer: LoadResult | undefined;
}

interface ApplyItem extends Item {
  readonly operation: FencedOperation;
  adoptedEpoch: number | null;
  /** By how much an update raises the version: the mark by which it knows its own write again. */
  readonly step: number;
  /** The answer to the last try was lost: what became of it has to be found out before anything else. */
  lost: boolean;
  /** One of its tries may have taken effect without our knowledge. */
  unsure: boolean;
  answer: ApplyResult | undefined;
}

/**
 * The session store: every statement checks the fence of its bucket where it acts, so that a process may believe what it
 * likes and still never reads or writes at the wrong database. A load and a save are one round trip each, except while
 * a bucket's rows are being handed over.
 */
export function fencedStore({ sites, keyEncoding = 'sha256', onBounce }: FencedStoreOptions): SessionStore {
  const byName = new Map(sites.map((site) => [site.name, site]));
  const beliefs = createBeliefs(sites);
  const inTurn = createKeyQueue();
  let started = sites.length === 1;

  const bucketOf = (key: StoredKey): number => bucketOfStored(key, keyEncoding);

  const start = async (): Promise<void> => {
    if (started) return;
    await beliefs.ask();
    started = true;
  };

  /** Serve or send on; `undefined` means that the operation goes into the next round. */
  const judge = (item: Item, site: Site, fence: Fence): { epoch: number; merge: boolean } | undefined => {
    // Whether a standalone site serves is in its SQL; here a fence without a move means that it did.
    const standalone = sites.length === 1;
    const decision = decideFence(site.name, fence, beliefs.of(item.bucket).epoch, standalone);
    const asksFor = decision.kind === 'bounce' ? decision.to.site : decision.merge ? otherSite(site.name) : site.name;
    if (!byName.has(asksFor))
      throw new FenceError(
        'MOVE_CLAIMED',
        'these sessions are being moved, or have been: this store knows one database only. Configure both.',
      );
    if (decision.kind === 'serve') {
      beliefs.served(item.bucket, site.name, decision.epoch, item.highest);
      return decision;
    }
    beliefs.follow(item.bucket, decision.to);
    onBounce?.(item.bucket, site.name);
    return undefined;
  };

  const siteOf = (name: SiteName): Site => byName.get(name) as Site;

  /**
   * Runs rounds until every item has its answer: each round sends what is left, grouped by the site believed in and by
   * what goes into one statement. What a statement throws is the answer of its items alone.
   */
  const settle = async <T extends Item & { answer: unknown }>(
    items: readonly T[],
    statementOf: (item: T) => string,
    send: (site: Site, group: readonly T[]) => Promise<void>,
    unavailable: (cause: unknown) => T['answer'],
  ): Promise<void> => {
    let left = items;
    for (let round = 1; left.length > 0; round++) {
      const failed =
        round > ROUNDS ? new FenceError('FENCE_UNSETTLED', 'the fences of these sessions kept changing') : undefined;
      if (round > PATIENT_ROUND)
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (round - PATIENT_ROUND)));
      // At the start a site was out of reach that could have said; it may be back.
      if (left.some(({ bucket }) => !beliefs.knows(bucket))) await beliefs.ask().catch(() => undefined);
      const groups = new Map<string, { site: SiteName; items: T[] }>();
      for (const item of left) {
        item.highest = beliefs.highest(item.bucket);
        try {
          if (failed !== undefined) throw failed;
          const { site } = beliefs.of(item.bucket);
          const name = `${site} ${statementOf(item)}`;
          const group = groups.get(name);
          if (group === undefined) groups.set(name, { site, items: [item] });
          else group.items.push(item);
        } catch (cause) {
          item.answer = unavailable(cause);
        }
      }
      await Promise.all(
        [...groups.values()].map(async (group) => {
          try {
            await send(siteOf(group.site), group.items);
          } catch (cause) {
            const elsewhere = await servedElsewhere(group.site, group.items);
            for (const item of group.items)
              if (item.answer === undefined && !elsewhere.has(item.bucket)) item.answer = unavailable(cause);
          }
        }),
      );
      left = left.filter(({ answer }) => answer === undefined);
    }
  };

  /** When a site fails, the other may have taken over since; only a fence that says so counts. */
  const servedElsewhere = async (failed: SiteName, items: readonly Item[]): Promise<Set<number>> => {
    if (sites.length === 1) return new Set();
    await beliefs.ask().catch(() => undefined);
    return new Set(items.map(({ bucket }) => bucket).filter((bucket) => beliefs.of(bucket).site !== failed));
  };

  const each = async <T extends Item & { answer: unknown }, R>(
    group: readonly T[],
    results: readonly R[],
    work: (item: T, result: R) => Promise<void> | void,
    unavailable: (cause: unknown) => T['answer'],
  ): Promise<void> => {
    await Promise.all(
      group.map(async (item, i) => {
        try {
          await work(item, results[i] as R);
        } catch (cause) {
          item.answer = unavailable(cause);
        }
      }),
    );
  };

  /** The other site's row, if the other site has given up in favour of exactly this epoch; else start over. */
  const askOther = async (
    item: Item,
    here: Site,
    own: Version,
    epoch: number,
  ): Promise<SiteRow | undefined | 'start over'> => {
    const [other] = await siteOf(otherSite(here.name)).load([item]);
    if (other === undefined || !otherHasGivenUp(other.fence, epoch)) return 'start over';
    const winner = mergeWinner(own, other.row?.version ?? 0, epoch);
    if (winner === 'start over') return winner;
    return winner === 'other' ? other.row : undefined;
  };

  const answerLoad = async (item: LoadItem, site: Site, { fence, row }: SiteLoad): Promise<void> => {
    const served = judge(item, site, fence);
    if (served === undefined) return;
    let best = row;
    const own = row?.version ?? 0;
    if (mustAskOther(served.merge, own, served.epoch)) {
      const other = await askOther(item, site, own, served.epoch);
      if (other === 'start over') return;
      best = other ?? row;
    }
    item.answer = best?.live ? { status: 'found', record: toRecord(best) } : { status: 'absent' };
  };

  /** Brings the other site's row of `key` here, so that a write may go over it or its fate be told. */
  const adopt = async (item: ApplyItem, key: StoredKey, site: Site, fence: Fence, epoch: number): Promise<void> => {
    const other = await askOther({ ...item, key }, site, 0, epoch);
    if (other === 'start over') return;
    if (other !== undefined) {
      const { data, expiresAt, version, userId } = other;
      const copy = { key, bucket: item.bucket, data, expiresAt, version, userId };
      await site.copy([{ ...copy, moveId: fence.moveId, adoptEpoch: epoch, deadline: null }]);
    }
    item.adoptedEpoch = epoch;
  };

  const answerWrite = async (item: ApplyItem, site: Site, { fence, version }: SiteWriteResult): Promise<void> => {
    if (version === undefined) {
      if (judge(item, site, fence) !== undefined) await look(item, site);
      return;
    }
    // Should the fence be an old one, then the write has yet happened.
    item.unsure = true;
    beliefs.served(item.bucket, site.name, fence.epoch, item.highest);
    item.answer = { status: 'ok', version };
  };

  /** Why was it refused, or what became of it? The row as it is now tells. */
  const look = async (item: ApplyItem, site: Site): Promise<void> => {
    const { operation, lost, unsure, step } = item;
    const key = lost ? telltaleKey(operation) : item.key;
    const [{ fence, row }] = (await site.load([{ key, bucket: item.bucket }])) as [SiteLoad];
    const served = judge(item, site, fence);
    if (served === undefined) return;
    if (mustAskOther(served.merge, row?.version ?? 0, served.epoch) && item.adoptedEpoch !== served.epoch)
      return adopt(item, key, site, fence, served.epoch);
    const verdict = unsure ? classifyLost(operation, row, step) : classifyRefused(operation, row);
    if (verdict === 'look') item.answer = await lookAtNewKey(item, site);
    else if (verdict !== 'retry') item.answer = verdict;
    item.lost = false;
  };

  /** The old row is as a rename wants it: then its new key was taken, or else there is nothing in its way any more. */
  const lookAtNewKey = async (item: ApplyItem, site: Site): Promise<ApplyResult | undefined> => {
    const [{ row }] = (await site.load([{ key: telltaleKey(item.operation), bucket: item.bucket }])) as [SiteLoad];
    return row === undefined ? undefined : { status: 'taken' };
  };

  const sendLoads = async (site: Site, group: readonly LoadItem[]): Promise<void> => {
    await each(group, await site.load(group), (item, result) => answerLoad(item, site, result), unavailableLoad);
  };

  /** What a site that fails cannot tell, the one that has taken over since can: it has, or gets, all that was done there. */
  const lookAll = async (site: Site, lost: readonly ApplyItem[]): Promise<void> => {
    const failures = new Map<ApplyItem, unknown>();
    await Promise.all(lost.map((item) => look(item, site).catch((cause: unknown) => void failures.set(item, cause))));
    const unreached = [...failures].flatMap(([item, cause]) => (cause instanceof SqlFailure ? [item] : []));
    const elsewhere = unreached.length === 0 ? undefined : await servedElsewhere(site.name, unreached);
    for (const [item, cause] of failures)
      if (!(cause instanceof SqlFailure) || elsewhere?.has(item.bucket) !== true)
        item.answer = unavailableWrite(true)(cause);
  };

  const sendWrites = (site: Site, group: readonly ApplyItem[]): Promise<void> =>
    group[0]?.lost === true ? lookAll(site, group) : write(site, group);

  const write = async (site: Site, group: readonly ApplyItem[]): Promise<void> => {
    let results: readonly SiteWriteResult[];
    try {
      results = await site.write(group.map((item) => toSiteWrite(item, beliefs.of(item.bucket).epoch)));
    } catch (cause) {
      if (!(cause instanceof SqlFailure) || cause.outcome === 'none') throw cause;
      for (const item of group) item.lost = item.unsure = true;
      return lookAll(site, group);
    }
    await each(group, results, (item, result) => answerWrite(item, site, result), unavailableWrite(false));
  };

  const applyFenced = async (operations: readonly FencedOperation[]): Promise<ApplyResult[]> => {
    const items = operations.map((operation): ApplyItem => ({
      operation,
      key: operation.key,
      bucket: bucketOf(operation.key),
      highest: 0,
      adoptedEpoch: null,
      step: randomInt(1, LARGEST_STEP + 1),
      lost: false,
      unsure: false,
      answer: undefined,
    }));
    await settle(items, statementOfWrite, sendWrites, unavailableWrite(false));
    return items.map(({ answer, unsure }) =>
      // Once an answer was lost, a later failure to reach the database leaves it lost.
      answer?.status === 'unavailable' && unsure ? { ...answer, outcome: 'unknown' } : (answer as ApplyResult),
    );
  };

  /** For mirroring between stores that stand alone; the fenced move copies by its own means. */
  const applyCopy = async (operation: CopyOperation): Promise<ApplyResult> => {
    if (sites.length !== 1)
      throw new TypeError('a copy is for a store that stands alone: a move copies by its own means');
    const [site] = sites;
    const { key, data, expiresAt, version, userId } = operation;
    const copy = { key, bucket: bucketOf(key), data, expiresAt, version, userId };
    try {
      const results = await site.copy([{ ...copy, moveId: null, adoptEpoch: null, deadline: null }]);
      if (results[0]?.fence.moveId !== null)
        throw new FenceError('MOVE_CLAIMED', 'a move has claimed this database: only its worker copies into it');
      return { status: 'ok', version };
    } catch (cause) {
      const outcome = cause instanceof SqlFailure ? cause.outcome : 'none';
      return { status: 'unavailable', cause, outcome };
    }
  };

  return {
    load: async (keys) => {
      const items = keys.map((key): LoadItem => ({ key, bucket: bucketOf(key), highest: 0, answer: undefined }));
      try {
        await start();
      } catch (cause) {
        return items.map(() => unavailableLoad(cause));
      }
      await settle(items, () => 'load', sendLoads, unavailableLoad);
      return items.map(({ answer }) => answer as LoadResult);
    },

    apply: (operations) =>
      inTurn(keysOf(operations), async () => {
        try {
          await start();
        } catch (cause) {
          return operations.map(() => unavailableWrite(false)(cause));
        }
        const fenced = operations.filter((operation) => operation.kind !== 'copy');
        const copies = operations.filter((operation) => operation.kind === 'copy');
        const [results, copied] = await Promise.all([applyFenced(fenced), Promise.all(copies.map(applyCopy))]);
        const answers = { copy: copied.values(), other: results.values() };
        return operations.map(({ kind }) => answers[kind === 'copy' ? 'copy' : 'other'].next().value as ApplyResult);
      }),
  };
}

const unavailableLoad = (cause: unknown): LoadResult => ({ status: 'unavailable', cause });

const unavailableWrite =
  (unknown: boolean) =>
  (cause: unknown): ApplyResult => ({ status: 'unavailable', cause, outcome: unknown ? 'unknown' : 'none' });

const keysOf = (operations: readonly SessionOperation[]): string[] =>
  operations.flatMap((operation) =>
    operation.kind === 'rename' ? [operation.key, operation.newKey] : [operation.key],
  );

/** Items of one kind share a statement and its fate; a rename has one of its own. */
const statementOfWrite = ({ operation: { kind, key }, lost }: ApplyItem): string => {
  if (lost) return 'look';
  return kind === 'rename' ? `rename ${key}` : kind;
};

function toSiteWrite({ operation, key, bucket, adoptedEpoch, step }: ApplyItem, believedEpoch: number): SiteWrite {
  const base = { key, bucket, adoptedEpoch, believedEpoch };
  return operation.kind === 'update' ? { ...operation, ...base, step } : { ...operation, ...base };
}
