import {
  copyApplies,
  decideFence,
  epochOf,
  firstVersion,
  mayAdopt,
  mayCreate,
  mayWriteOver,
  nextVersion,
  versionOf,
} from '@switchyard/session-backends/fence';
import type { Belief, FenceDecision, Version } from '@switchyard/session-backends/fence';
import { ENDLESS } from './history.ts';
import type { Has } from './mechanisms.ts';
import type { Copy, Row, Site } from './world.ts';

/** A write as it is sent to a database: one statement, which checks the fence and acts. */
export interface Write {
  readonly kind: 'update' | 'touch' | 'create' | 'destroy' | 'rename';
  readonly request: number;
  readonly key: number;
  readonly value: number;
  readonly expires: number;
  /** Create only: nobody else can know the key. */
  readonly fresh: boolean;
  /** Null: over whatever live row is there. */
  readonly expectedVersion: Version | null;
  readonly believedEpoch: number;
  readonly adoptedEpoch: number | null;
}

/** What a statement found out about the fence at its snapshot. */
export type Judged = Extract<FenceDecision, { kind: 'serve' }>;

export const isLive = (row: Row | null, clock: number): boolean =>
  row !== null && row.value !== null && Math.floor(row.expires) > clock;

export const versionAt = (site: Site, key: number): Version => site.rows[key]?.version ?? 0;

/** The fence check of a statement. Where it is left out, the process's own belief decides. */
export function judge(has: Has, site: Site, belief: Belief, writes: boolean): FenceDecision {
  if (!has(writes ? 'writeFence' : 'readFence')) return { kind: 'serve', epoch: belief.epoch, merge: false };
  return decideFence(site.name, site.fence, belief.epoch);
}

/** The row part of a write, for a fence that lets it through. Undefined: nothing was written. */
export function applyWrite(has: Has, site: Site, write: Write, judged: Judged, clock: number): Site | undefined {
  const row = site.rows[write.key] ?? null;
  const version = row?.version ?? 0;
  const { epoch, merge } = judged;
  const adoptedEpoch = has('adoptedEpoch') || write.adoptedEpoch === null ? write.adoptedEpoch : epoch;
  const first = newVersion(has, site, write.key, epoch);
  if (write.kind === 'create') {
    const blind = has('createAdopts') && !mayCreate(merge, write.fresh, epoch, adoptedEpoch);
    return row !== null || blind ? undefined : put(has, site, write.key, rowOf(has, write, clock, first));
  }
  if (!mayWriteOver(merge, version, epoch, adoptedEpoch)) return undefined;
  if (!isLive(row, clock) || row === null) {
    if (write.kind !== 'update' || has('updateOnly')) return undefined;
    return put(
      has,
      site,
      write.key,
      rowOf(has, write, clock, has('epochInVersion') ? nextVersion(version, epoch) : version + 1),
    );
  }
  if (write.expectedVersion !== null && has('compareAndSet') && write.expectedVersion !== version) return undefined;
  const next = has('epochInVersion') ? nextVersion(version, epoch) : version + 1;
  switch (write.kind) {
    case 'update':
      return put(has, site, write.key, rowOf(has, write, clock, next));
    case 'touch':
      return put(has, site, write.key, {
        version: next,
        value: has('touchKeepsData') ? row.value : write.value,
        expires: write.expires,
        writtenBy: write.request,
      });
    case 'destroy':
      return has('tombstones') ? put(has, site, write.key, tombstone(row, next, clock)) : remove(site, write.key);
    case 'rename': {
      const to = write.key + 1;
      if (site.rows[to]) return undefined;
      const left = put(has, site, write.key, tombstone(row, next, clock));
      return put(has, left, to, rowOf(has, write, clock, newVersion(has, site, to, epoch)));
    }
  }
}

/** What a copy does where it arrives. One of the backfill counts its key as done; that may be any copy. */
export function applyCopy(has: Has, site: Site, copy: Copy, clock: number): Site {
  const { fence, rows, covered } = site;
  const { key, row } = copy;
  if (has('moveId') && copy.moveId !== fence.moveId) return site;
  const inTime = !has('deadline') || clock < copy.deadline;
  const floor = has('floor') ? fence.floor : 0;
  const applies = inTime && row !== null && guard(has, row.version, versionAt(site, key), floor);
  const isThere = applies || (inTime && (row === null || versionAt(site, key) >= row.version));
  const passes = !covered[key] && (isThere || !has('coveredIfThere'));
  if (!applies && !passes) return site;
  return {
    ...site,
    rows: applies ? rows.with(key, row) : rows,
    covered: passes ? covered.with(key, true) : covered,
  };
}

/** The copy of one row from the other side, made by a process that wants to write over it. Undefined: refused. */
export function applyAdoption(has: Has, site: Site, key: number, row: Row, epoch: number): Site | undefined {
  if (has('adoptionBound') && !mayAdopt(site.fence, epoch)) return undefined;
  const floor = has('adoptionFloor') && has('floor') ? site.fence.floor : 0;
  return guard(has, row.version, versionAt(site, key), floor) ? { ...site, rows: site.rows.with(key, row) } : site;
}

/** Deletes a row for good. */
export const remove = (site: Site, key: number): Site => ({ ...site, rows: site.rows.with(key, null) });

const guard = (has: Has, source: Version, destination: Version, floor: Version): boolean =>
  has('versionGuard') ? copyApplies(source, destination, floor) : source >= floor && source !== destination;

function put(has: Has, site: Site, key: number, row: Row): Site {
  const captured = site.fence.capture && has('outbox');
  return {
    ...site,
    rows: site.rows.with(key, row),
    outbox: captured ? site.outbox.with(key, row.version) : site.outbox,
  };
}

const rowOf = (has: Has, write: Write, clock: number, version: Version): Row => ({
  version,
  value: write.value,
  expires: expiryOf(has, write, clock),
  writtenBy: write.request,
});

/** An expiry that is past already is set to the moment of the write: half way to the next strike of the clock. */
const expiryOf = (has: Has, { expires }: Write, clock: number): number =>
  expires <= clock && has('expiryNotPast') ? clock + 0.5 : expires;

/** It may be purged an hour past the session's expiry; where that never comes, an hour past the destroy, for the more danger. */
const tombstone = (row: Row, version: Version, clock: number): Row => ({
  ...row,
  version,
  value: null,
  expires: row.expires === ENDLESS ? clock : row.expires,
});

/**
 * The counter of a new row starts at the database's clock, in milliseconds. Here a purge stands for the time that has
 * gone by until then, and between two purges there are fewer writes than milliseconds.
 */
const newVersion = (has: Has, site: Site, key: number, epoch: number): Version => {
  if (!has('risingCounter')) return versionOf(epoch, 1);
  return firstVersion(epoch, CLOCK_START + (site.purges[key] as number) * MS_PER_PURGE);
};

const CLOCK_START = Date.UTC(2025, 0, 1) + 1;
const MS_PER_PURGE = 16;

export const needsAdoption = (site: Site, judged: Judged, key: number): boolean =>
  judged.merge && epochOf(versionAt(site, key)) < judged.epoch;
