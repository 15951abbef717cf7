import type { SessionStore } from '@switchyard/session-backends';

/** What makes of a good store one that breaks a promise: sessions on it are to be found out. */
export const BROKEN_STORES: Readonly<Record<string, (store: SessionStore) => SessionStore>> = {
  'an update of what is gone inserts': (store) => ({
    ...store,
    apply: async (operations) => {
      const results = await store.apply(operations);
      return Promise.all(
        results.map(async (result, i) => {
          const operation = operations[i];
          if (result.status !== 'gone' || operation?.kind !== 'update') return result;
          const version = Number.MAX_SAFE_INTEGER - 1;
          const [copied] = await store.apply([{ ...operation, kind: 'copy', version }]);
          return copied ?? result;
        }),
      );
    },
  }),
  'no version is compared': (store) => ({
    ...store,
    apply: (operations) =>
      store.apply(
        operations.map((operation) =>
          'expectedVersion' in operation ? { ...operation, expectedVersion: undefined } : operation,
        ),
      ),
  }),
  'a renamed session stays under its old key, too': (store) => ({
    ...store,
    apply: (operations) =>
      store.apply(
        operations.map((operation) =>
          operation.kind === 'rename'
            ? { ...operation, kind: 'create', key: operation.newKey, fresh: true }
            : operation,
        ),
      ),
  }),
  'a lost answer is followed by the same write once more': (store) => ({
    ...store,
    apply: async (operations) => {
      await store.apply(operations);
      return store.apply(
        operations.map((each) => ('expectedVersion' in each ? { ...each, expectedVersion: undefined } : each)),
      );
    },
  }),
};
