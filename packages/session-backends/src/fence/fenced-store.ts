import { randomInt } from 'node:crypto';
import { bucketOfStored, type KeyEncoding, type StoredKey } from '../keys.ts';
import { SqlFailure } from '../sql-executor.ts';
import type { ApplyResult, CopyOperation, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import { createBeliefs } from './beliefs.ts';
import { classifyLost, classifyRefused, telltaleKey, toRecord, type FencedOperation } from './classify.ts';
import { FenceError } from './fence-error.ts';
import { groupedSite, type GroupedSite } from './grouped-site.ts';
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
import type { Site, SiteKey, SiteLoad, SiteRow, SiteWrite, SiteWriteResult } from './site.ts';

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

interface ApplyItem extends Item {
  readonly operation: FencedOperation;
  adoptedEpoch: number | null;
  /** By how much an update raises the version: the mark by which it knows its own write again. */
  readonly step: number;
  /** The answer to the last try was lost: what became of it has to be found out before anything else. */
  lost: boolean;
  /** One of its tries may have taken effect without our knowledge. */
  unsure: boolean;
}

/**
 * The session store: every statement checks the fence of its bucket where it acts, so that a process may believe what it
 * likes and still never reads or writes at the wrong database. A load and a save are one round trip each, except while
 * a bucket's rows are being handed over. What several callers want at the same time goes in one statement, and each is
 * answered as if it had been alone.
 */
export function fencedStore({ sites, keyEncoding = 'sha256', onBounce }: FencedStoreOptions): SessionStore {
  const byName = new Map(sites.map((site) => [site.name, groupedSite(site)]));
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
  const judge = (item: Item, site: GroupedSite, fence: Fence): { epoch: number; merge: boolean } | undefined => {
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

  const siteOf = (name: SiteName): GroupedSite => byName.get(name) as GroupedSite;

  /** Asks the site believed in, round after round, until there is an answer. What a round throws is one. */
  const settle = async <T extends Item, A>(
    item: T,
    round: (item: T, site: GroupedSite) => Promise<A | undefined>,
    unavailable: (cause: unknown) => A,
  ): Promise<A> => {
    try {
      if (!started) await start();
      for (let n = 1; n <= ROUNDS; n++) {
        if (n > PATIENT_ROUND) await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * (n - PATIENT_ROUND)));
        // At the start a site was out of reach that could have said; it may be back.
        if (!beliefs.knows(item.bucket)) await beliefs.ask().catch(() => undefined);
        item.highest = beliefs.highest(item.bucket);
        const answer = await round(item, siteOf(beliefs.of(item.bucket).site));
        if (answer !== undefined) return answer;
      }
    } catch (cause) {
      return unavailable(cause);
    }
    return unavailable(new FenceError('FENCE_UNSETTLED', 'the fences of these sessions kept changing'));
  };

  /** When a site fails, the other may have taken over since; only a fence that says so counts. */
  const isServedElsewhere = async (failed: GroupedSite, { bucket }: Item): Promise<boolean> => {
    if (sites.length === 1) return false;
    await beliefs.ask().catch(() => undefined);
    return beliefs.of(bucket).site !== failed.name;
  };

  /** The other site's row, if the other site has given up in favour of exactly this epoch; else start over. */
  const askOther = async (
    key: SiteKey,
    here: GroupedSite,
    own: Version,
    epoch: number,
  ): Promise<SiteRow | undefined | 'start over'> => {
    const other = await siteOf(otherSite(here.name)).load(key);
    if (!otherHasGivenUp(other.fence, epoch)) return 'start over';
    const winner = mergeWinner(own, other.row?.version ?? 0, epoch);
    if (winner === 'start over') return winner;
    return winner === 'other' ? other.row : undefined;
  };

  const loadRound = async (item: Item, site: GroupedSite): Promise<LoadResult | undefined> => {
    let loaded: SiteLoad;
    try {
      loaded = await site.load(item);
    } catch (cause) {
      if (await isServedElsewhere(site, item)) return undefined;
      throw cause;
    }
    const { fence, row } = loaded;
    const served = judge(item, site, fence);
    if (served === undefined) return undefined;
    let best = row;
    const own = row?.version ?? 0;
    if (mustAskOther(served.merge, own, served.epoch)) {
      const other = await askOther(item, site, own, served.epoch);
      if (other === 'start over') return undefined;
      best = other ?? row;
    }
    return best?.live ? { status: 'found', record: toRecord(best) } : { status: 'absent' };
  };

  /** Brings the other site's row of `key` here, so that a write may go over it or its fate be told. */
  const adopt = async (
    item: ApplyItem,
    key: StoredKey,
    site: GroupedSite,
    fence: Fence,
    epoch: number,
  ): Promise<undefined> => {
    const other = await askOther({ key, bucket: item.bucket }, site, 0, epoch);
    if (other === 'start over') return;
    if (other !== undefined) {
      const { data, expiresAt, version, userId } = other;
      const copy = { key, bucket: item.bucket, data, expiresAt, version, userId };
      await site.copy({ ...copy, moveId: fence.moveId, adoptEpoch: epoch, deadline: null });
    }
    item.adoptedEpoch = epoch;
  };

  /** Why was it refused, or what became of it? The row as it is now tells. */
  const look = async (item: ApplyItem, site: GroupedSite): Promise<ApplyResult | undefined> => {
    const { operation, lost, unsure, step } = item;
    const key = lost ? telltaleKey(operation) : item.key;
    const { fence, row } = await site.load({ key, bucket: item.bucket });
    const served = judge(item, site, fence);
    if (served === undefined) return undefined;
    if (mustAskOther(served.merge, row?.version ?? 0, served.epoch) && item.adoptedEpoch !== served.epoch)
      return adopt(item, key, site, fence, served.epoch);
    const verdict = unsure ? classifyLost(operation, row, step) : classifyRefused(operation, row);
    item.lost = false;
    if (verdict === 'look') return lookAtNewKey(item, site);
    return verdict === 'retry' ? undefined : verdict;
  };

  /** The old row is as a rename wants it: then its new key was taken, or else there is nothing in its way any more. */
  const lookAtNewKey = async (item: ApplyItem, site: GroupedSite): Promise<ApplyResult | undefined> => {
    const { row } = await site.load({ key: telltaleKey(item.operation), bucket: item.bucket });
    return row === undefined ? undefined : { status: 'taken' };
  };

  /** What a site that fails cannot tell, the one that has taken over since can: it has, or gets, all that was done there. */
  const lookForLost = async (item: ApplyItem, site: GroupedSite): Promise<ApplyResult | undefined> => {
    try {
      return await look(item, site);
    } catch (cause) {
      if (cause instanceof SqlFailure && (await isServedElsewhere(site, item))) return undefined;
      throw cause;
    }
  };

  const writeRound = async (item: ApplyItem, site: GroupedSite): Promise<ApplyResult | undefined> => {
    if (item.lost) return lookForLost(item, site);
    let written: SiteWriteResult;
    try {
      const write = toSiteWrite(item, beliefs.of(item.bucket).epoch);
      written = await site.write(write);
      // A group waits for nobody; whoever wants a row that somebody else holds waits for it by himself.
      if (written.isHeld === true) written = await site.writeAlone(write);
    } catch (cause) {
      if (cause instanceof SqlFailure && cause.outcome === 'unknown') {
        item.lost = item.unsure = true;
        return lookForLost(item, site);
      }
      if (await isServedElsewhere(site, item)) return undefined;
      throw cause;
    }
    const { fence, version } = written;
    if (version === undefined) return judge(item, site, fence) === undefined ? undefined : look(item, site);
    // Should the fence be an old one, then the write has yet happened.
    item.unsure = true;
    beliefs.served(item.bucket, site.name, fence.epoch, item.highest);
    return { status: 'ok', version };
  };

  const applyFenced = async (operation: FencedOperation): Promise<ApplyResult> => {
    const item: ApplyItem = {
      operation,
      key: operation.key,
      bucket: bucketOf(operation.key),
      highest: 0,
      adoptedEpoch: null,
      step: randomInt(1, LARGEST_STEP + 1),
      lost: false,
      unsure: false,
    };
    const answer = await settle(item, writeRound, unavailableWrite);
    // Once an answer was lost, a later failure to reach the database leaves it lost.
    return answer.status === 'unavailable' && item.unsure ? { ...answer, outcome: 'unknown' } : answer;
  };

  /** For mirroring between stores that stand alone; the fenced move copies by its own means. */
  const applyCopy = async (operation: CopyOperation): Promise<ApplyResult> => {
    if (sites.length !== 1)
      throw new TypeError('a copy is for a store that stands alone: a move copies by its own means');
    const { key, data, expiresAt, version, userId } = operation;
    const copy = { key, bucket: bucketOf(key), data, expiresAt, version, userId };
    try {
      const { fence } = await siteOf(sites[0].name).copy({ ...copy, moveId: null, adoptEpoch: null, deadline: null });
      if (fence.moveId !== null)
        throw new FenceError('MOVE_CLAIMED', 'a move has claimed this database: only its worker copies into it');
      return { status: 'ok', version };
    } catch (cause) {
      const outcome = cause instanceof SqlFailure ? cause.outcome : 'none';
      return { status: 'unavailable', cause, outcome };
    }
  };

  const loadOne = (key: StoredKey): Promise<LoadResult> =>
    settle({ key, bucket: bucketOf(key), highest: 0 }, loadRound, unavailableLoad);

  const applyOne = (operation: SessionOperation): Promise<ApplyResult> =>
    inTurn(keysOf(operation), () => (operation.kind === 'copy' ? applyCopy(operation) : applyFenced(operation)));

  return {
    load: (keys) => each(keys, loadOne),
    apply: (operations) => each(operations, applyOne),
  };
}

/** Most calls are for one. */
const each = <T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> =>
  items.length === 1 ? work(items[0] as T).then(alone) : Promise.all(items.map(work));
const alone = <R>(result: R): R[] => [result];

const unavailableLoad = (cause: unknown): LoadResult => ({ status: 'unavailable', cause });

const unavailableWrite = (cause: unknown): ApplyResult => ({ status: 'unavailable', cause, outcome: 'none' });

const keysOf = (operation: SessionOperation): string[] =>
  operation.kind === 'rename' ? [operation.key, operation.newKey] : [operation.key];

function toSiteWrite(item: ApplyItem, believedEpoch: number): SiteWrite {
  const { operation, key, bucket, adoptedEpoch, step } = item;
  switch (operation.kind) {
    case 'update': {
      const { kind, data, expiresAt, userId, expectedVersion } = operation;
      return { kind, key, bucket, believedEpoch, adoptedEpoch, data, expiresAt, userId, expectedVersion, step };
    }
    case 'create': {
      const { kind, data, expiresAt, userId, fresh } = operation;
      return { kind, key, bucket, believedEpoch, adoptedEpoch, data, expiresAt, userId, fresh };
    }
    default:
      return { ...operation, bucket, believedEpoch, adoptedEpoch };
  }
}
