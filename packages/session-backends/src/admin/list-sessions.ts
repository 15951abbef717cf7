import type { StoredKey } from '../keys.ts';
import type { SessionRecord, SessionStore } from '../store.ts';
import { SessionError } from '../session/session-error.ts';
import type { SessionDirectory } from './session-directory.ts';

export interface ListSessionsOptions {
  /** Has the last word on what is live, whatever the directories say. */
  readonly store: SessionStore;
  /** Of every database that sessions may lie in. */
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
 * The live sessions, of one user or of all, each once, in the order of their stored keys.
 * @throws {SessionError} SESSION_UNAVAILABLE when a session could not be looked at: a list with gaps would not say so
 */
export async function* listSessions(options: ListSessionsOptions): AsyncGenerator<ListedSession> {
  const { store, directories, userId, pageSize = 500 } = options;
  let after: StoredKey | undefined;
  for (;;) {
    const query = { ...(userId !== undefined && { userId }), ...(after !== undefined && { after }), limit: pageSize };
    const pages = await Promise.all(directories.map((directory) => directory.keys(query)));
    // Where one page was full and another was not, what comes after the shorter reach belongs to the next round.
    const reach = pages.flatMap((page) => (page.length === pageSize ? [page.at(-1) as StoredKey] : [])).sort()[0];
    const keys = [...new Set(pages.flat())].filter((key) => reach === undefined || key <= reach).sort();
    const results = await store.load(keys);
    for (const [i, result] of results.entries()) {
      if (result.status === 'unavailable') throw new SessionError('SESSION_UNAVAILABLE', result.cause);
      if (result.status === 'found' && (userId === undefined || result.record.userId === userId))
        yield { key: keys[i] as StoredKey, record: result.record };
    }
    if (reach === undefined) return;
    after = reach;
  }
}
