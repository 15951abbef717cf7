import { randomBytes } from 'node:crypto';
import type { StoredKey } from '@switchyard/session-backends';

/** A fresh key of a bucket, as it is stored. */
export const storedKeyIn = (bucket: number): StoredKey =>
  `${bucket.toString(16).padStart(2, '0')}${randomBytes(31).toString('hex')}` as StoredKey;
