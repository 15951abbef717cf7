// A session store in its simplest form, over a Map. What it does between two awaits is atomic, as a transaction would be.
import type {
  ApplyResult,
  LoadResult,
  SessionOperation,
  SessionRecord,
  SessionStore,
  StoredKey,
} from '@switchyard/session-backends';

/** Data null: destroyed. The row stays, so that its key stays taken and nothing comes back. */
type Row = Omit<SessionRecord, 'data'> & { readonly data: string | null };

export function mapStore(now: () => number = Date.now): SessionStore {
  const rows = new Map<StoredKey, Row>();

  const find = (key: StoredKey): SessionRecord | undefined => {
    const row = rows.get(key);
    return row !== undefined && isLive(row) ? row : undefined;
  };
  const isLive = (row: Row): row is SessionRecord => row.data !== null && row.expiresAt.getTime() > now();
  const put = (key: StoredKey, row: Row): ApplyResult => {
    rows.set(key, row);
    return { status: 'ok', version: row.version };
  };

  const load = (key: StoredKey): LoadResult => {
    const record = find(key);
    return record === undefined ? { status: 'absent' } : { status: 'found', record };
  };

  const apply = (operation: SessionOperation): ApplyResult => {
    const { kind, key } = operation;
    const before = rows.get(key);
    if (kind === 'create') {
      const { data, expiresAt, userId } = operation;
      // Versions begin in epoch 1.
      return before !== undefined ? { status: 'taken' } : put(key, { data, expiresAt, userId, version: 2 ** 40 + 1 });
    }
    if (kind === 'copy') {
      const { data, expiresAt, userId, version } = operation;
      return before !== undefined && before.version >= version
        ? { status: 'ok', version: before.version }
        : put(key, { data, expiresAt, userId, version });
    }
    const live = find(key);
    if (kind === 'destroy')
      return live === undefined
        ? { status: 'ok', version: before?.version ?? 0 }
        : put(key, { ...live, data: null, version: live.version + 1 });
    if (live === undefined) return { status: 'gone' };
    if (kind === 'touch') return put(key, { ...live, expiresAt: operation.expiresAt, version: live.version + 1 });

    const { data, expiresAt, userId, expectedVersion } = operation;
    if (expectedVersion !== undefined && expectedVersion !== live.version) return { status: 'conflict', current: live };
    const after = { data, expiresAt, userId, version: live.version + 1 };
    if (kind === 'update') return put(key, after);
    if (rows.has(operation.newKey)) return { status: 'taken' };
    put(key, { ...live, data: null, version: live.version + 1 });
    return put(operation.newKey, after);
  };

  return {
    load: async (keys) => keys.map(load),
    apply: async (operations) => operations.map(apply),
  };
}
