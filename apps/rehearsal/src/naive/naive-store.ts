import type { ApplyResult, LoadResult, MoveFlags, SessionOperation, SessionStore } from '@switchyard/session-backends';

export interface NaiveStoreOptions {
  readonly old: SessionStore;
  readonly new: SessionStore;
  readonly flags: () => MoveFlags;
}

/**
 * What one writes in an afternoon: both stores are written, one after the other, and read, the new one first; what fails
 * at the second of a pair is taken no notice of. Each store by itself is sound, and copies never go over a newer row: what
 * this loses is lost by there being two.
 */
export function naiveStore({ old, new: fresh, flags }: NaiveStoreOptions): SessionStore {
  const ranked = (): readonly [SessionStore, SessionStore | undefined] => {
    const { migrationFlag, newDbRouterFlag } = flags();
    const [first, second] = newDbRouterFlag ? [fresh, old] : [old, fresh];
    return [first, migrationFlag ? second : undefined];
  };
  return {
    load: async (keys) => {
      const [first, second] = ranked();
      if (second === undefined) return first.load(keys);
      const inNew = await fresh.load(keys);
      const inOld = await old.load(keys);
      return keys.map((_, i) => (inNew[i]?.status === 'found' ? inNew[i] : (inOld[i] as LoadResult)));
    },
    apply: async (operations) => {
      const [first, second] = ranked();
      const results = await first.apply(operations);
      for (const [i, operation] of operations.entries())
        for (const echo of echoesOf(operation, results[i] as ApplyResult)) await second?.apply([echo]);
      return results;
    },
  };
}

/** What the second store is told of a write that the first one has made. */
function echoesOf(operation: SessionOperation, result: ApplyResult): SessionOperation[] {
  if (result.status !== 'ok') return [];
  const { version } = result;
  switch (operation.kind) {
    case 'create':
    case 'update': {
      const { key, data, expiresAt, userId } = operation;
      return [{ kind: 'copy', key, data, expiresAt, userId, version }];
    }
    case 'rename': {
      const { key, newKey, data, expiresAt, userId } = operation;
      return [
        { kind: 'copy', key: newKey, data, expiresAt, userId, version },
        { kind: 'destroy', key },
      ];
    }
    case 'touch':
    case 'destroy':
    case 'copy':
      return [operation];
  }
}

/** For the shop, which is told to take its store from here. */
export const createStore = naiveStore;
