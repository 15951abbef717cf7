import { SessionError } from '../session/session-error.ts';
import type { CacheRegister } from '../cache/cache-register.ts';
import { renewCache } from '../cache/renew-cache.ts';
import { listSessions, type ListSessionsOptions } from './list-sessions.ts';

export interface RevokeSessionsOptions extends ListSessionsOptions {
  readonly userId: string;
  /**
   * The register of a cache that `store` does not go through itself: nobody uses its present entries any more when the
   * sessions are called revoked. Default is none.
   */
  readonly register?: CacheRegister;
}

/** Logins go on meanwhile; what comes after the last look is a login after the revocation. */
const ROUNDS = 3;

/**
 * Logs a user out everywhere. Returns how many sessions were destroyed; when it resolves, none of them is shown to
 * anybody any more.
 * @throws {SessionError} when a session may be live still; to be repeated then
 */
export async function revokeSessions(options: RevokeSessionsOptions): Promise<number> {
  const { store, register } = options;
  let revoked = 0;
  for (let round = 1; round <= ROUNDS; round++) {
    let found = 0;
    for await (const { key } of listSessions(options)) {
      found++;
      const [result] = await store.apply([{ kind: 'destroy', key }]);
      if (result?.status === 'unavailable')
        throw new SessionError(
          result.outcome === 'none' ? 'SESSION_UNAVAILABLE' : 'SESSION_UNKNOWN_OUTCOME',
          result.cause,
        );
    }
    revoked += found;
    if (found === 0) break;
  }
  if (revoked > 0 && register !== undefined) await renewCache(register);
  return revoked;
}
