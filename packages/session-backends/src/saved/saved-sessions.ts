import { listSessions } from '../admin/list-sessions.ts';
import type { SessionDirectory } from '../admin/session-directory.ts';
import { epochOf, nextVersion } from '../fence/rules.ts';
import { encodeKey, type KeyEncoding, type SessionKey, type StoredKey } from '../keys.ts';
import { jsonCodec } from '../session/json-codec.ts';
import { merge, type ConflictResolver } from '../session/merge.ts';
import { SessionError } from '../session/session-error.ts';
import type { ApplyResult, SessionOperation, SessionStore } from '../store.ts';
import { expiryOf, showExpiry } from './session-cookie-expiry.ts';
import { SessionMemory } from './session-memory.ts';

/** A session as express-session hands it over. */
export interface SessionLike {
  readonly cookie: { readonly expires?: Date | string | null | false | undefined };
}

export interface SavedSessionsOptions {
  readonly store: SessionStore;
  /** Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** Comes before each session id, for applications that share a table. Default is none. */
  readonly prefix?: string;
  /** Age of a session whose cookie has no expiry, in milliseconds. Default is a day. */
  readonly ttlMs?: number;
  /**
   * A touch is written only when it moves the expiry by at least this much. Default is a tenth of the session's age; 0
   * for sessions of five minutes and less, which are touched to the point.
   */
  readonly touchAfterMs?: number;
  /** Whose session it is, for `listSessions` and `revokeSessions`. Default is nobody's. */
  readonly userIdOf?: (session: Record<string, unknown>) => string | null;
  /**
   * For a value that two requests changed at once, where merging part by part cannot help. Default is that the later
   * writer wins; and is told so.
   */
  readonly resolve?: ConflictResolver;
  /** Needed for `all`, `length` and `clear`. */
  readonly directories?: readonly SessionDirectory[];
  /** With directories that others use, too: only this user's. */
  readonly directoryUser?: string;
  /** Largest encoded session, in bytes. Default is 262,144. */
  readonly maxBytes?: number;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
}

export type SaveEvent = 'overwritten';

/** What express-session and its kin want of a store, as promises. */
export interface SavedSessions {
  /** Null for a session that does not exist. */
  load(sid: string): Promise<Record<string, unknown> | null>;
  /** `text` is the session's JSON. `gone`: it was destroyed since it was loaded, and nothing was written. */
  save(sid: string, session: object, text: string, tell: (event: SaveEvent) => void): Promise<'saved' | 'gone'>;
  /** The JSON of a session, refused if it is too large. */
  encode(session: object): string;
  /** Never creates, never brings back. */
  touch(sid: string, session: object): Promise<void>;
  destroy(sid: string): Promise<void>;
  all(): Promise<Record<string, unknown>[]>;
  clear(): Promise<void>;
  /** What is known of one object is known of another that was made of it. */
  pass(from: object, to: unknown): void;
}

const DAY_MS = 86_400_000;
const SAVE_TRIES = 5;
const SHORT_MS = 300_000;

export function savedSessions(options: SavedSessionsOptions): SavedSessions {
  const { store, keyEncoding = 'sha256', prefix = '', ttlMs = DAY_MS, maxBytes = 262_144, touchAfterMs } = options;
  const { userIdOf = () => null, directories = [], directoryUser, now = Date.now } = options;
  const memory = new SessionMemory();
  const keyOf = (sid: string): StoredKey => encodeKey((prefix + sid) as SessionKey, keyEncoding);

  const write = async (operation: SessionOperation): Promise<ApplyResult> =>
    (await store.apply([operation]))[0] as ApplyResult;

  const load = async (sid: string): Promise<Record<string, unknown> | null> => {
    const [result] = await store.load([keyOf(sid)]);
    if (result?.status === 'absent') return null;
    if (result?.status !== 'found') throw new SessionError('SESSION_UNAVAILABLE', result?.cause);
    const { data, version, expiresAt } = result.record;
    const found = decode(data);
    memory.remember(found, { sid, version, stored: data, seen: data, expiresAt });
    showExpiry(found, expiresAt);
    return found;
  };

  const encode = (session: object): string => {
    const text = JSON.stringify(session);
    if (Buffer.byteLength(text) > maxBytes) throw new SessionError('SESSION_TOO_LARGE');
    return text;
  };

  /** Every request renews its cookie; that is no conflict. */
  const resolver =
    (tell: (event: SaveEvent) => void): ConflictResolver =>
    (conflict) => {
      if (conflict.path[0] === 'cookie') return conflict.ours;
      if (options.resolve !== undefined) return options.resolve(conflict);
      tell('overwritten');
      return conflict.ours;
    };

  const save: SavedSessions['save'] = async (sid, session, text, tell) => {
    const expiresAt = expiryOf((session as { cookie?: unknown }).cookie, ttlMs, now());
    const base = { key: keyOf(sid), expiresAt, userId: userIdOf(session as Record<string, unknown>) };
    const done = (version: number, stored: string): 'saved' => {
      memory.remember(session, { sid, version, stored, seen: text, expiresAt });
      return 'saved';
    };

    const known = memory.of(session, sid);
    if (known === undefined) {
      const created = await write({ kind: 'create', data: text, fresh: false, ...base });
      if (created.status !== 'taken') return done(expectDone(created), text);
      // There is a session of this id that this object did not come from: as with any plain store, it is replaced.
      const replaced = await write({ kind: 'update', data: text, expectedVersion: undefined, ...base });
      return replaced.status === 'gone' ? 'gone' : done(expectDone(replaced), text);
    }
    let { version, stored } = known;
    for (let tries = 1; ; tries++) {
      const data = known.seen === stored ? text : mergeTexts(known.seen, text, stored, resolver(tell));
      const result = await write({ kind: 'update', data, expectedVersion: version, ...base });
      if (result.status === 'gone') return 'gone';
      if (result.status !== 'conflict' || tries === SAVE_TRIES) return done(expectDone(result), data);
      ({ version, data: stored } = result.current);
    }
  };

  const touch = async (sid: string, session: object): Promise<void> => {
    const expiresAt = expiryOf((session as { cookie?: unknown }).cookie, ttlMs, now());
    const known = memory.of(session, sid);
    const ageMs = expiresAt.getTime() - now();
    const enough = touchAfterMs ?? (ageMs > SHORT_MS ? ageMs / 10 : 0);
    if (known !== undefined && Math.abs(expiresAt.getTime() - known.expiresAt.getTime()) < enough) return;
    const result = await write({ kind: 'touch', key: keyOf(sid), expiresAt });
    if (result.status === 'gone') return;
    const version = expectDone(result);
    if (known !== undefined && nextVersion(known.version, epochOf(version)) === version)
      memory.remember(session, { ...known, version, expiresAt });
  };

  const listed = (): ReturnType<typeof listSessions> =>
    listSessions({ store, directories, ...(directoryUser !== undefined && { userId: directoryUser }) });

  return {
    load,
    save,
    encode,
    touch,
    destroy: async (sid) => void expectDone(await write({ kind: 'destroy', key: keyOf(sid) })),
    all: async () => {
      const sessions: Record<string, unknown>[] = [];
      for await (const { record } of listed()) {
        const session = decode(record.data);
        showExpiry(session, record.expiresAt);
        sessions.push(session);
      }
      return sessions;
    },
    clear: async () => {
      for await (const { key } of listed()) expectDone(await write({ kind: 'destroy', key }));
    },
    pass: (from, to) => memory.pass(from, to),
  };
}

function decode(data: string): Record<string, unknown> {
  try {
    return jsonCodec.decode(data);
  } catch {
    throw new SessionError('SESSION_UNDECODABLE');
  }
}

/** What `ours` changed since `base`, over `theirs`. */
const mergeTexts = (base: string, ours: string, theirs: string, resolve: ConflictResolver): string =>
  JSON.stringify(merge(decode(base), decode(ours), decode(theirs), resolve));

function expectDone(result: ApplyResult): number {
  if (result.status === 'ok') return result.version;
  if (result.status === 'gone') throw new SessionError('SESSION_GONE');
  if (result.status === 'conflict') throw new SessionError('SESSION_CONFLICT');
  if (result.status === 'taken') throw new SessionError('SESSION_UNAVAILABLE', new Error('the session id is taken'));
  throw new SessionError(result.outcome === 'none' ? 'SESSION_UNAVAILABLE' : 'SESSION_UNKNOWN_OUTCOME', result.cause);
}
