import { LRUCache } from 'lru-cache';
import type { Version } from '../fence/rules.ts';
import type { StoredKey } from '../keys.ts';
import type { SessionRecord } from '../store.ts';
import { HOLD_MS, TOKEN_MS, TOMBSTONE_MS, type CacheChange, type SessionCache } from './session-cache.ts';

export interface MemoryCacheOptions {
  /** Default is 10,000. */
  readonly maxEntries?: number;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
}

type Entry =
  | { readonly kind: 'live'; readonly record: SessionRecord }
  | { readonly kind: 'tombstone'; readonly version: Version; readonly until: number }
  | { readonly kind: 'token'; readonly token: string; readonly until: number }
  | { readonly kind: 'hold'; readonly until: number };

/** A cache in this process. Only for an application that is one process: another one's changes do not reach it. */
export function memoryCache({ maxEntries = 10_000, now = Date.now }: MemoryCacheOptions = {}): SessionCache {
  const entries = new LRUCache<StoredKey, Entry>({ max: maxEntries });
  let tokens = 0;

  const find = (key: StoredKey): Entry | undefined => {
    const entry = entries.get(key);
    const until = entry?.kind === 'live' ? entry.record.expiresAt.getTime() : entry?.until;
    if (until !== undefined && until <= now()) {
      entries.delete(key);
      return undefined;
    }
    return entry;
  };

  const change = (wanted: CacheChange): void => {
    const { key } = wanted;
    const entry = find(key);
    const version = entry === undefined ? undefined : versionIn(entry);
    const newer = (candidate: Version): boolean => version !== undefined && version < candidate;
    if (entry?.kind === 'token') entries.delete(key);
    switch (wanted.kind) {
      case 'set':
      case 'insert': {
        const may = wanted.kind === 'insert' && version === undefined && entry?.kind !== 'hold';
        if (may || newer(wanted.record.version)) entries.set(key, { kind: 'live', record: wanted.record });
        break;
      }
      case 'touch': {
        const { version: touched, expiresAt } = wanted;
        const isNext = entry?.kind === 'live' && entry.record.version + 1 === touched;
        if (isNext) entries.set(key, { kind: 'live', record: { ...entry.record, version: touched, expiresAt } });
        else if (newer(touched)) entries.delete(key);
        break;
      }
      case 'destroy':
        if ((version === undefined && entry?.kind !== 'hold') || newer(wanted.version))
          entries.set(key, { kind: 'tombstone', version: wanted.version, until: now() + TOMBSTONE_MS });
        break;
      case 'drop':
        if (entry?.kind !== 'hold') entries.delete(key);
        break;
      case 'hold':
        entries.set(key, { kind: 'hold', until: now() + HOLD_MS });
        break;
    }
  };

  return {
    get: async (keys) =>
      keys.map((key) => {
        const entry = find(key);
        if (entry?.kind === 'live') return { status: 'hit', record: entry.record };
        if (entry?.kind === 'tombstone') return { status: 'destroyed' };
        if (entry?.kind === 'hold') return { status: 'miss', token: undefined };
        if (entry?.kind === 'token') return { status: 'miss', token: entry.token };
        const token = String(++tokens);
        entries.set(key, { kind: 'token', token, until: now() + TOKEN_MS });
        return { status: 'miss', token };
      }),
    fill: async (fills) => {
      for (const { key, token, record } of fills) {
        const entry = find(key);
        if (entry?.kind === 'token' && entry.token === token) entries.set(key, { kind: 'live', record });
      }
    },
    change: async (changes) => changes.forEach(change),
  };
}

const versionIn = (entry: Entry): Version | undefined => {
  if (entry.kind === 'live') return entry.record.version;
  return entry.kind === 'tombstone' ? entry.version : undefined;
};
