import { firstVersion, versionOf, type Version } from '../fence/rules.ts';
import type { StoredKey } from '../keys.ts';
import { KeyTurns } from '../session/key-turns.ts';
import { isPlainObject } from '../session/plain-object.ts';
import { SessionError } from '../session/session-error.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionRecord, SessionStore } from '../store.ts';
import { callStore, type ExpressStoreLike } from './express-store.ts';
import { markedExpiry, readMarked, toMarked } from './marked-session.ts';

/** When a session ends by the store's own account. `absent`: the store knows that there is none. */
export type StoredExpiry = Date | 'never' | 'absent';

export interface FromExpressSessionStoreOptions {
  /**
   * Asks the store's server when a session ends, past the library, which does not tell. It also settles what the library
   * does not say: that it took an error for a session that does not exist. Default is to go by the session's cookie.
   */
  readonly expiryOf?: (sid: string) => Promise<StoredExpiry>;
  /** The age of a session that does not say when it ends, in ms. Default is a day, as most of these stores have it. */
  readonly ttlMs?: number;
  /** Whose session it is, where it was written without this store. Default is nobody's. */
  readonly userIdOf?: (session: Readonly<Record<string, unknown>>) => string | null;
  /** Look after each write whether it was done, for a library that calls back without an error when it was not. */
  readonly verifyWrites?: boolean;
  /** How long to wait for the library to call back, in milliseconds. Default is 10,000. */
  readonly timeoutMs?: number;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
}

/** The version of a session that was not written here and does not say when it ends. */
const UNDATED = versionOf(1, 1);

type Write = Exclude<SessionOperation, { kind: 'copy' }>;

/** Whether anything was sent that may have changed the session. */
interface Sending {
  sent: boolean;
}

/**
 * Any session store of express-session's as one of ours, so that sessions can move out of it behind two flags
 * (`migratingStore`) while the library goes on using it. Keys are as they are (`keyEncoding: 'plain'`).
 *
 * What the library cannot do, this cannot: no two processes are kept apart, as a write is a look and then a write; a
 * destroyed session leaves no trace, so that its key may be created anew; data has to be a JSON object, and comes back as
 * equal JSON, not byte for byte; an expiry may be off by a second. In one process writes take turns, and a save over a newer
 * row is a conflict. Versions travel in the session itself, under `_switchyard`.
 *
 * An error is never a session that does not exist. Data that cannot be read is unavailable, with SESSION_UNDECODABLE as
 * the cause, and not written over.
 */
export function fromExpressSessionStore(
  library: ExpressStoreLike,
  options: FromExpressSessionStoreOptions = {},
): SessionStore {
  const { expiryOf, ttlMs = 86_400_000, userIdOf = () => null, verifyWrites = false } = options;
  const { timeoutMs = 10_000, now = Date.now } = options;
  const store = callStore(library, timeoutMs);
  const turns = new KeyTurns();

  const find = async (sid: string): Promise<SessionRecord | undefined> => {
    for (let tries = 1; ; tries++) {
      const session = await store.get(sid).catch(explainUnreadable);
      const expiry = await expiryOf?.(sid);
      if (session !== null && expiry !== 'absent') return toRecord(session, expiry);
      // Created, or ended, between the two questions; or else the library did not say that it failed.
      if (expiry === undefined || expiry === 'absent' || !isLater(expiry)) return undefined;
      if (tries === 2) throw new Error('the session store has the session and does not show it');
    }
  };

  const toRecord = (session: unknown, expiry: Date | 'never' | undefined): SessionRecord | undefined => {
    const plain: unknown = JSON.parse(JSON.stringify(session));
    if (!isPlainObject(plain)) throw new SessionError('SESSION_UNDECODABLE');
    const end = endOf(plain, expiry);
    const record = readMarked(plain, end ?? new Date(now() + ttlMs), userIdOf);
    if (end === undefined) return { ...record, version: UNDATED };
    return isLater(record.expiresAt) ? record : undefined;
  };

  const endOf = (session: Readonly<Record<string, unknown>>, expiry: Date | 'never' | undefined): Date | undefined => {
    if (expiry instanceof Date) return expiry;
    const { cookie } = session;
    const text = expiry === undefined && isPlainObject(cookie) ? cookie['expires'] : undefined;
    const said = typeof text === 'string' ? new Date(text) : markedExpiry(session);
    return said === undefined || Number.isNaN(said.getTime()) ? undefined : said;
  };

  const isLater = (expiry: Date | 'never'): boolean => expiry === 'never' || expiry.getTime() > now();

  const nextAfter = (version: Version): Version => Math.max(firstVersion(1, now()), version + 1);

  const put = async (key: StoredKey, record: SessionRecord, sending: Sending): Promise<ApplyResult> => {
    const session = toMarked(record, now());
    sending.sent = true;
    await store.set(key, session);
    if (verifyWrites && isLater(record.expiresAt) && (await find(key))?.version !== record.version)
      throw new Error('the session store did not keep what it was given');
    return { status: 'ok', version: record.version };
  };

  const remove = async (key: StoredKey, version: Version, sending: Sending): Promise<ApplyResult> => {
    sending.sent = true;
    await store.destroy(key);
    if (verifyWrites && (await find(key)) !== undefined) throw new Error('the session store did not destroy a session');
    return { status: 'ok', version };
  };

  const touch = async (
    key: StoredKey,
    before: SessionRecord,
    expiresAt: Date,
    sending: Sending,
  ): Promise<ApplyResult> => {
    const touched = { ...before, expiresAt };
    // Without anybody to ask, an expiry that is in no cookie is in the mark only.
    if (!store.canTouch || (expiryOf === undefined && !hasOwnEnd(before.data)))
      return put(key, { ...touched, version: nextAfter(before.version) }, sending);
    const session = toMarked(touched, now());
    sending.sent = true;
    await store.touch(key, session);
    const after = await find(key);
    return after === undefined ? { status: 'gone' } : { status: 'ok', version: after.version };
  };

  const write = async (operation: Write, sending: Sending): Promise<ApplyResult> => {
    const { kind, key } = operation;
    const before = await find(key);
    if (kind === 'create') {
      if (before !== undefined) return { status: 'taken' };
      return put(key, { ...operation, version: nextAfter(0) }, sending);
    }
    if (kind === 'destroy')
      return before === undefined ? { status: 'ok', version: 0 } : remove(key, nextAfter(before.version), sending);
    if (before === undefined) return { status: 'gone' };
    if (kind === 'touch') return touch(key, before, operation.expiresAt, sending);
    const { expectedVersion } = operation;
    if (expectedVersion !== undefined && expectedVersion !== before.version)
      return { status: 'conflict', current: before };
    const version = nextAfter(before.version);
    if (kind === 'update') return put(key, { ...operation, version }, sending);
    if ((await find(operation.newKey)) !== undefined) return { status: 'taken' };
    await put(operation.newKey, { ...operation, version }, sending);
    await remove(key, version, sending);
    return { status: 'ok', version };
  };

  const apply = async (operation: SessionOperation): Promise<ApplyResult> => {
    const sending: Sending = { sent: false };
    try {
      return await turns.take(operation.key, async () => {
        if (operation.kind !== 'copy') return write(operation, sending);
        const { key, data, version } = operation;
        const before = await find(key);
        if (before !== undefined && before.version >= version) return { status: 'ok', version: before.version };
        if (data !== null) return put(key, { ...operation, data }, sending);
        return before === undefined ? { status: 'ok', version } : remove(key, version, sending);
      });
    } catch (cause) {
      return { status: 'unavailable', outcome: sending.sent ? 'unknown' : 'none', cause };
    }
  };

  const load = async (sid: string): Promise<LoadResult> => {
    try {
      const record = await find(sid);
      return record === undefined ? { status: 'absent' } : { status: 'found', record };
    } catch (cause) {
      return { status: 'unavailable', cause };
    }
  };

  return {
    load: (keys) => Promise.all(keys.map(load)),
    apply: (operations) => Promise.all(operations.map(apply)),
  };
}

/** A parser's message quotes what it fell over. */
const explainUnreadable = (error: unknown): never => {
  throw error instanceof SyntaxError ? new SessionError('SESSION_UNDECODABLE') : error;
};

const hasOwnEnd = (data: string): boolean => {
  const { cookie } = JSON.parse(data) as { cookie?: unknown };
  return isPlainObject(cookie) && typeof cookie['expires'] === 'string';
};
