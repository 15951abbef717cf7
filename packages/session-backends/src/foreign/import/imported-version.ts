import { hash } from 'node:crypto';
import { epochOf, versionOf, type Version } from '../../fence/rules.ts';
import type { StoredKey } from '../../keys.ts';
import { unmarkedVersion } from '../marked-session.ts';

/** How many versions there are between two that an import gives a row which it changes. */
const STRIDE = 2 ** 20;

/** A number below STRIDE that goes with a row. */
const tagOf = (key: StoredKey, expiresAt: Date): number =>
  Number.parseInt(hash('sha256', `${key} ${expiresAt.getTime()}`).slice(0, 5), 16);

/** The version that the session has at its source, for a store of ours that reads it there. */
const ofSource = (expiresAt: Date, epoch: number): Version => unmarkedVersion(expiresAt) + versionOf(epoch - 1, 0);

/**
 * The version of a row that an import writes. It is that of the session at its source, or, where that is not higher than
 * what is there, the next one that tells by the row alone that it comes from an import.
 * @param above what is there
 */
export function importedVersion(key: StoredKey, expiresAt: Date, epoch: number, above: Version = 0): Version {
  const version = ofSource(expiresAt, epoch);
  if (version > above) return version;
  const tag = tagOf(key, expiresAt);
  return (Math.floor((above - tag) / STRIDE) + 1) * STRIDE + tag;
}

/**
 * Whether an import has written a row, and nobody else since. Of a million rows that somebody has, one is taken for it; of
 * those that were changed within minutes after the source had saved them, one in sixty thousand.
 */
export const isImported = (key: StoredKey, expiresAt: Date, version: Version): boolean =>
  version === ofSource(expiresAt, epochOf(version)) || version % STRIDE === tagOf(key, expiresAt);
