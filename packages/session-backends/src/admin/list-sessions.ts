import type { StoredKey } from '../keys.ts';
import { SessionError } from '../session/session-error.ts';
import type { SessionRecord, SessionStore } from '../store.ts';
import type { SessionDirectory } from './session-directory.ts';

export interface ListSessionsOptions {
  /** Has the last word on what is live, whatever the directories say. */
  readonly store: SessionStore;
  /** Of every database that sessions may lie in; of a move, the old one first. */
  readonly directories: readonly SessionDirectory[];
  /** Only the sessions of this user. Default is all. */
  readonly userId?: string;
  /** How many are looked at at once. Default is 500. */
  readonly pageSize?: number;
}

export interface ListedSession {
  readonly key: StoredKey;
  readonly record: SessionRecord;
}

/**
 * The live sessions, of one user or of all, each once. What is created or gets a new key meanwhile may be missed.
 * @throws {SessionError} SESSION_UNAVAILABLE when a database or a session could not be looked at: a list with gaps would
 * not say so
 */
export async function* listSessions(options: ListSessionsOptions): AsyncGenerator<ListedSession> {
  const { store, directories, userId } = options;
  const seen = new Set<StoredKey>();
  // One after the other: what a move clears away at one place lies at the other by then.
  for (const [i, directory] of directories.entries())
    for await (const page of pagesOf(directory, options)) {
      const keys = page.filter((key) => !seen.has(key));
      if (i < directories.length - 1) for (const key of keys) seen.add(key);
      const results = keys.length === 0 ? [] : await store.load(keys);
      for (const [at, result] of results.entries()) {
        if (result.status === 'unavailable') throw new SessionError('SESSION_UNAVAILABLE', result.cause);
        if (result.status === 'found' && (userId === undefined || result.record.userId === userId))
          yield { key: keys[at] as StoredKey, record: result.record };
      }
    }
}

async function* pagesOf(
  directory: SessionDirectory,
  options: ListSessionsOptions,
): AsyncGenerator<readonly StoredKey[]> {
  const { userId, pageSize = 500 } = options;
  if (!Number.isSafeInteger(pageSize) || pageSize < 1) throw new TypeError('listSessions: "pageSize" is not positive');
  let after: StoredKey | undefined;
  for (;;) {
    const query = { ...(userId !== undefined && { userId }), ...(after !== undefined && { after }), limit: pageSize };
    const page = await directory.keys(query).catch((cause: unknown) => {
      throw new SessionError('SESSION_UNAVAILABLE', cause);
    });
    if (page.length > 0) yield page;
    if (page.length < pageSize) return;
    after = page.at(-1);
  }
}
