import type { StoredKey } from '../keys.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import type { CacheAnswer, CacheChange, CacheFill, SessionCache } from './session-cache.ts';

export interface CachedStoreOptions {
  readonly store: SessionStore;
  readonly cache: SessionCache;
  /** Told when the cache failed. A load was then answered by the store; a write was done and is not acknowledged. */
  readonly onCacheError?: (error: unknown) => void;
}

/** A key destroyed by a rename: whatever version it had, this is the last. */
const LAST_VERSION = Number.MAX_SAFE_INTEGER;

/**
 * A store behind a cache. Loads are answered by the cache where it can; writes go to the store first and then, before
 * they are acknowledged, to the cache. Until then one reader may be shown the write and the next one what was there
 * before; from then on, nobody is shown anything older.
 *
 * Of what a move does to rows the cache need not hear: a copy has the data and the version of its original, and a row
 * that is taken over by another epoch changes by the write that takes it over.
 */
export function cachedStore({ store, cache, onCacheError = () => undefined }: CachedStoreOptions): SessionStore {
  const flights = new Map<string, Promise<LoadResult>>();

  const ask = async (keys: readonly StoredKey[]): Promise<CacheAnswer[]> => {
    try {
      return await cache.get(keys);
    } catch (error) {
      onCacheError(error);
      return keys.map(() => ({ status: 'miss', token: undefined }));
    }
  };

  /**
   * Loads that missed with the same token are one load: as long as the token stands, nothing has been written that one
   * of them would have to see and another not.
   */
  const loadMissed = async (misses: readonly Miss[]): Promise<LoadResult[]> => {
    const own: Miss[] = [];
    let loaded: Promise<LoadedAndFilling> | undefined;
    const answers = misses.map((miss) => {
      const flight = miss.token === undefined ? undefined : `${miss.token} ${miss.key}`;
      const shared = flight === undefined ? undefined : flights.get(flight);
      if (shared !== undefined) return shared;
      const i = own.push(miss) - 1;
      // Deferred, so that all of this call's own misses are in one load.
      loaded ??= Promise.resolve().then(() => loadAndFill(own));
      const mine = loaded.then(({ results }) => results[i] as LoadResult);
      if (flight !== undefined) {
        flights.set(flight, mine);
        // Until the fill is there, others go on missing with this token.
        const filled = loaded.then(({ results, filling }) => (results[i]?.status === 'found' ? filling : undefined));
        const land = (): void => void flights.delete(flight);
        filled.then(land, land);
      }
      return mine;
    });
    return Promise.all(answers);
  };

  const loadAndFill = async (misses: readonly Miss[]): Promise<LoadedAndFilling> => {
    const results = await store.load(misses.map(({ key }) => key));
    const fills = misses.flatMap(({ key, token }, i): CacheFill[] => {
      const result = results[i];
      return token !== undefined && result?.status === 'found' ? [{ key, token, record: result.record }] : [];
    });
    // Nobody waits for it: its token keeps it from doing harm whenever it arrives.
    return { results, filling: fills.length > 0 ? cache.fill(fills).catch(onCacheError) : undefined };
  };

  return {
    load: async (keys) => {
      const answers = await ask(keys);
      const misses = keys.flatMap((key, i): Miss[] => {
        const answer = answers[i];
        return answer?.status === 'miss' ? [{ key, token: answer.token }] : [];
      });
      const loaded = misses.length === 0 ? [] : await loadMissed(misses);
      const next = loaded.values();
      return answers.map((answer): LoadResult => {
        if (answer.status === 'hit') return { status: 'found', record: answer.record };
        return answer.status === 'destroyed' ? { status: 'absent' } : (next.next().value as LoadResult);
      });
    },

    apply: async (operations) => {
      const results = await store.apply(operations);
      const changes = operations.flatMap((operation, i) => toChanges(operation, results[i] as ApplyResult));
      if (changes.length === 0) return results;
      try {
        await cache.change(changes);
        return results;
      } catch (cause) {
        onCacheError(cause);
        // Somebody may still be shown what was there before: that is not to be called done.
        return results.map((result) =>
          result.status === 'ok' ? { status: 'unavailable', outcome: 'unknown', cause } : result,
        );
      }
    },
  };
}

interface LoadedAndFilling {
  readonly results: readonly LoadResult[];
  readonly filling: Promise<void> | undefined;
}

interface Miss {
  readonly key: StoredKey;
  readonly token: string | undefined;
}

/** What the cache has to be told about an operation and what became of it. */
function toChanges(operation: SessionOperation, result: ApplyResult): CacheChange[] {
  const { key } = operation;
  switch (result.status) {
    case 'ok':
      return afterSuccess(operation, result.version);
    case 'conflict':
      return [{ kind: 'set', key, record: result.current }];
    case 'gone':
      return [{ kind: 'drop', key }];
    case 'unavailable':
      return result.outcome === 'unknown' ? keysOf(operation).map((each) => ({ kind: 'hold', key: each })) : [];
    case 'taken':
      return [];
  }
}

function afterSuccess(operation: SessionOperation, version: number): CacheChange[] {
  const { key } = operation;
  switch (operation.kind) {
    case 'create':
      // A key that others know may have been written again by now, by somebody who has told the cache already.
      return [{ kind: operation.fresh ? 'insert' : 'set', key, record: toRecord(operation, version) }];
    case 'update':
      return [{ kind: 'set', key, record: toRecord(operation, version) }];
    case 'touch':
      return [{ kind: 'touch', key, version, expiresAt: operation.expiresAt }];
    case 'destroy':
      // Version 0: there was nothing to destroy, so there is no tombstone either.
      return [version > 0 ? { kind: 'destroy', key, version } : { kind: 'drop', key }];
    case 'rename':
      return [
        { kind: 'destroy', key, version: LAST_VERSION },
        { kind: 'insert', key: operation.newKey, record: toRecord(operation, version) },
      ];
    case 'copy':
      return [{ kind: 'drop', key }];
  }
}

const toRecord = (
  { data, expiresAt, userId }: { data: string; expiresAt: Date; userId: string | null },
  version: number,
) => ({ data, expiresAt, userId, version });

const keysOf = (operation: SessionOperation): StoredKey[] =>
  operation.kind === 'rename' ? [operation.key, operation.newKey] : [operation.key];
