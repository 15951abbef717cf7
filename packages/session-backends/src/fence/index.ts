export { createBeliefs, type Beliefs } from './beliefs.ts';
export { FenceError, type FenceErrorCode } from './fence-error.ts';
export { fencedStore, type FencedStoreOptions } from './fenced-store.ts';
export { memorySite, type MemoryRow, type MemorySite, type MemorySiteOptions } from './memory-site.ts';
export { postgresSite, type PostgresSiteOptions } from './postgres-site.ts';
export {
  BUCKETS,
  MAX_EPOCH,
  beliefAtStart,
  copyApplies,
  counterOf,
  decideFence,
  epochOf,
  hasParity,
  isEcho,
  mayAdopt,
  mayClearOutbox,
  mayCreate,
  mayPurge,
  mayWriteOver,
  mustAskOther,
  nextVersion,
  otherHasGivenUp,
  otherSite,
  ownerOf,
  settleLostWrite,
  versionOf,
  type Belief,
  type Fence,
  type FenceDecision,
  type FenceState,
  type SiteName,
  type Version,
} from './rules.ts';
export type {
  Site,
  SiteCopy,
  SiteCopyResult,
  SiteCreate,
  SiteDestroy,
  SiteKey,
  SiteLoad,
  SiteRename,
  SiteRow,
  SiteTouch,
  SiteUpdate,
  SiteWrite,
  SiteWriteResult,
} from './site.ts';
