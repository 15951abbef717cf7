import { firstVersion, nextVersion } from '../fence/rules.ts';
import type { SessionKey, StoredKey } from '../keys.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionStore } from '../store.ts';
import type { CookieRow } from './cookie-row.ts';

export interface CookieStoreOptions {
  /** What the request's cookie holds, and the cookie itself. */
  readonly given: { readonly row: CookieRow; readonly sealed: string } | undefined;
  /** @throws {SessionError} SESSION_TOO_LARGE, and then nothing has changed */
  readonly seal: (row: CookieRow) => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** The store of one session during one request; keys are in clear. */
export interface CookieStore extends SessionStore {
  /** The cookie as it is now; `undefined` when there is no session, or no longer. */
  readonly sealed: () => string | undefined;
}

const EPOCH = 1;

export function cookieStore({ given, seal, now }: CookieStoreOptions): CookieStore {
  let row = given?.row;
  let sealed = given?.sealed;
  let version = firstVersion(EPOCH, now());

  const live = (): CookieRow | undefined => (row !== undefined && row.expiresAt.getTime() > now() ? row : undefined);
  const put = (key: StoredKey, { data, expiresAt, userId }: Omit<CookieRow, 'key'>): ApplyResult => {
    const next = { key: key as string as SessionKey, data, expiresAt, userId };
    sealed = seal(next);
    row = next;
    version = nextVersion(version, EPOCH);
    return { status: 'ok', version };
  };

  const apply = (operation: SessionOperation): ApplyResult => {
    switch (operation.kind) {
      case 'create':
        return put(operation.key, operation);
      case 'destroy':
        row = undefined;
        sealed = undefined;
        return { status: 'ok', version };
      case 'copy':
        return { status: 'unavailable', outcome: 'none', cause: new TypeError('a cookie holds one session only') };
      default: {
        const current = live();
        if (current === undefined) return { status: 'gone' };
        if (operation.kind === 'update') return put(operation.key, operation);
        if (operation.kind === 'rename') return put(operation.newKey, operation);
        return put(operation.key, { ...current, expiresAt: operation.expiresAt });
      }
    }
  };

  const load = (): LoadResult => {
    const current = live();
    return current === undefined ? { status: 'absent' } : { status: 'found', record: { ...current, version } };
  };

  return {
    load: async (keys) => keys.map(load),
    apply: async (operations) => operations.map(apply),
    sealed: () => sealed,
  };
}
