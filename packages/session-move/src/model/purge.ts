import { mayPurge, mayPurgeMirror, versionOf } from '@switchyard/session-backends/fence';
import { isLive } from './statements.ts';
import type { Has } from './mechanisms.ts';
import type { Site } from './world.ts';

/** A row that may be deleted for good. */
export interface Purge {
  readonly key: number;
  readonly by: 'authority' | 'mirror';
}

/** The tombstones and expired rows that `site` may purge. The mirror waits until an hour past expiry. */
export function purgesAt(has: Has, site: Site, clock: number): readonly Purge[] {
  return site.rows.flatMap((row, key): Purge[] => {
    if (row === null || isLive(row, clock)) return [];
    const fence = has('purgeAfterMerge') ? site.fence : { ...site.fence, merge: false };
    const dirty = has('purgeClean') && (site.outbox[key] as number) > 0;
    if (mayPurge(fence, dirty)) return [{ key, by: 'authority' }];
    const late = !has('mirrorPurgeLate') || clock >= row.expires + 1;
    const floor = has('floorAtMirror') ? site.fence.floor : versionOf(site.fence.epoch, 0);
    const settled = has('mirrorPurgeSettled')
      ? mayPurgeMirror({ ...site.fence, floor }, has('mirrorPurgeEpoch') ? row.version : 0)
      : site.fence.state !== 'auth';
    return late && settled ? [{ key, by: 'mirror' }] : [];
  });
}
