import type { SiteCopy } from './site.ts';

/** What a copy's statement takes, in this order. */
export const copyValues = (copy: SiteCopy): unknown[] => [
  copy.key,
  copy.bucket,
  copy.data,
  copy.expiresAt,
  copy.version,
  copy.userId,
  copy.moveId,
  copy.adoptEpoch,
  copy.deadline,
];
