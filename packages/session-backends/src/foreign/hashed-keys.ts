import { encodeKey, type SessionKey, type StoredKey } from '../keys.ts';
import type { SessionOperation, SessionStore } from '../store.ts';

/**
 * A store whose keys are hashes, for callers that have them in clear: the new side of a move from a store whose keys are
 * not. Rows are the same as those of callers with `keyEncoding: 'sha256'`, who can take over when the move is done.
 */
export function hashedKeys(store: SessionStore): SessionStore {
  const hashed = (operation: SessionOperation): SessionOperation =>
    operation.kind === 'rename'
      ? { ...operation, key: hash(operation.key), newKey: hash(operation.newKey) }
      : { ...operation, key: hash(operation.key) };
  return {
    load: (keys) => store.load(keys.map(hash)),
    apply: (operations) => store.apply(operations.map(hashed)),
  };
}

const hash = (key: StoredKey): StoredKey => encodeKey(key as string as SessionKey, 'sha256');
