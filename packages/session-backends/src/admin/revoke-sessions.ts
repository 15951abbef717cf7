import type { CacheRegister } from '../cache/cache-register.ts';
import { renewCache } from '../cache/renew-cache.ts';
import type { StoredKey } from '../keys.ts';
import type { RepairReport } from '../migrating/migrating-store.ts';
import { SessionError } from '../session/session-error.ts';
import type { SessionStore } from '../store.ts';
import { listSessions, type ListSessionsOptions } from './list-sessions.ts';

export interface RevokeSessionsOptions extends ListSessionsOptions {
  readonly userId: string;
  /** Of a store that owes copies to another one: what is revoked is revoked at both. Default is none. */
  readonly repair?: () => Promise<RepairReport>;
  /**
   * The registers of a cache that `store` does not go through itself: nobody is shown its present entries any more when
   * the sessions are called revoked. Default is none.
   */
  readonly registers?: readonly CacheRegister[];
  /** What the processes that use that cache have as `trustMs`, in milliseconds. Default is 1000. */
  readonly trustMs?: number;
}

/** Sessions may get new keys meanwhile; what comes after the last look is a login after the revocation. */
const ROUNDS = 3;
/** How many are destroyed at once. */
const BATCH = 100;

/**
 * Logs a user out everywhere. Returns how many sessions were destroyed; when it resolves, none of them is shown to
 * anybody any more. May be repeated.
 * @throws {SessionError} when a session may be live still
 */
export async function revokeSessions(options: RevokeSessionsOptions): Promise<number> {
  const { store, registers = [], repair, trustMs } = options;
  let revoked = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    const keys: StoredKey[] = [];
    for await (const { key } of listSessions(options)) keys.push(key);
    if (keys.length === 0) break;
    for (let at = 0; at < keys.length; at += BATCH) await destroy(store, keys.slice(at, at + BATCH));
    revoked += keys.length;
  }
  const owed = (await repair?.())?.left ?? 0;
  if (owed > 0)
    throw new SessionError(
      'SESSION_UNAVAILABLE',
      new Error(`${owed} sessions were destroyed in one database and could not be in the other`),
    );
  // Also when there was nothing left to destroy: the call before this one may have ended just here.
  if (registers.length > 0)
    await renewCache(registers, trustMs).catch((cause: unknown) => {
      throw new SessionError('SESSION_UNAVAILABLE', cause);
    });
  return revoked;
}

async function destroy(store: SessionStore, keys: readonly StoredKey[]): Promise<void> {
  for (const result of await store.apply(keys.map((key) => ({ kind: 'destroy', key }))))
    if (result.status === 'unavailable')
      throw new SessionError(
        result.outcome === 'none' ? 'SESSION_UNAVAILABLE' : 'SESSION_UNKNOWN_OUTCOME',
        result.cause,
      );
}
