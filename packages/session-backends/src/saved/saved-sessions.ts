import { encodeKey, type SessionKey, type StoredKey } from '../keys.ts';
import { jsonCodec } from '../session/json-codec.ts';
import { KeyTurns, type Turn } from '../session/key-turns.ts';
import { merge, sameJson, type ConflictResolver } from '../session/merge.ts';
import { SessionError } from '../session/session-error.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionRecord } from '../store.ts';
import { traced } from '../tracing/traced.ts';
import type { SavedSettings } from './saved-sessions-options.ts';
import { sessionMemory, type Known } from './session-memory.ts';
import type { SavedValues, SessionShape } from './session-shape.ts';

/** One save, as a library asks for it. */
export interface Saving {
  readonly sid: string;
  /** Encoded at once, before anything is awaited: afterwards the application may change it. */
  readonly session: object;
  /** What the version is remembered of: the same object as in the load before. Default is `session`. */
  readonly holder?: object;
  /** Undefined, or a time that is none: after `ttlMs`. */
  readonly expiresAt: Date | undefined;
  /** Whether a live session of this id, which `holder` does not come from, is replaced. Default is true. */
  readonly mayReplace?: boolean;
}

/** `gone`: the session was destroyed since it was loaded, and nothing was written. */
export type SaveFate = 'saved' | 'gone';

/**
 * What libraries that own the session object want of a store, over ours. They load an object and save it whole; in
 * between, it is remembered which version of the row it came from. So a save is an update with compare-and-set, in which
 * what others changed meanwhile is kept.
 */
export interface SavedSessions {
  /** A fresh object each time; null for a session that does not exist. */
  load(sid: string, holder?: object): Promise<SavedValues | null>;
  save(saving: Saving): Promise<SaveFate>;
  /** Never creates, never brings back. */
  touch(saving: Saving): Promise<void>;
  /** Destroying what is absent is done, too. */
  destroy(sid: string): Promise<void>;
  /** The session in a row, as `load` gives it. */
  decode(record: SessionRecord): SavedValues;
  /** What is known of one object is known of another that was made of it. */
  pass(from: object, to: object): void;
}

interface Draft {
  readonly sid: string;
  readonly key: StoredKey;
  readonly holder: object;
  readonly data: string;
  readonly expiresAt: Date;
  readonly userId: string | null;
}

/** Each conflict means that somebody else got through, so writers from this many processes all come to their turn. */
const TRIES = 20;
const LONGEST_PAUSE_MS = 40;
/** Sessions this short are touched to the point. */
const SHORT_MS = 300_000;

export function savedSessions(settings: SavedSettings, shape: SessionShape): SavedSessions {
  const { store, keyEncoding, prefix, ttlMs, maxBytes, userIdOf, now, onEvent } = settings;
  const memory = sessionMemory();
  const turns = new KeyTurns();
  const keyOf = (sid: string): StoredKey => encodeKey((prefix + sid) as SessionKey, keyEncoding);

  const read = async (key: StoredKey): Promise<SessionRecord | undefined> => {
    // A store that rejects all the same must not pass for one that knows: libraries take some errors for "not there".
    const [result] = await store
      .load([key])
      .catch((cause: unknown): LoadResult[] => [{ status: 'unavailable', cause }]);
    if (result?.status === 'absent') return undefined;
    if (result?.status !== 'found') throw new SessionError('SESSION_UNAVAILABLE', result?.cause);
    return result.record;
  };

  const write = async (operation: SessionOperation): Promise<ApplyResult> => {
    const [result] = await store
      .apply([operation])
      .catch((cause: unknown): ApplyResult[] => [{ status: 'unavailable', outcome: 'unknown', cause }]);
    return result as ApplyResult;
  };

  const parse = (text: string): SavedValues => {
    try {
      return jsonCodec.decode(text);
    } catch {
      onEvent('undecodable');
      throw new SessionError('SESSION_UNDECODABLE');
    }
  };

  const decode = ({ data, expiresAt }: SessionRecord): SavedValues => {
    const session = parse(data);
    shape.showExpiry(session, expiresAt);
    return session;
  };

  const resolve: ConflictResolver = (conflict) =>
    shape.own.includes(conflict.path[0] as string) ? conflict.ours : settings.resolve(conflict);

  const encode = (session: object): string => {
    const text = JSON.stringify(session);
    if (Buffer.byteLength(text) > maxBytes) throw new SessionError('SESSION_TOO_LARGE');
    return text;
  };

  const draftOf = ({ sid, session, holder = session, expiresAt }: Saving): Draft => {
    const time = expiresAt?.getTime() ?? Number.NaN;
    return {
      sid,
      key: keyOf(sid),
      holder,
      data: encode(session),
      // Nothing before 1970: it has ended anyway, and a database knows fewer dates than JavaScript.
      expiresAt: new Date(Number.isNaN(time) ? now() + ttlMs : Math.max(0, time)),
      userId: userIdOf(session as SavedValues),
    };
  };

  /** The session with what this draft changed since `seen`, put over `stored`. */
  const mergeOver = (stored: string, seen: string, { data, userId }: Draft): Pick<SessionRecord, 'data' | 'userId'> => {
    if (stored === seen) return { data, userId };
    const merged = merge(parse(seen), parse(data), parse(stored), resolve);
    return { data: encode(merged), userId: userIdOf(merged) };
  };

  /** The session was written: remembered of its object, and for whoever has the next turn. */
  const done = (draft: Draft, turn: Turn, row: SessionRecord): 'saved' => {
    memory.remember(draft.holder, { sid: draft.sid, row, seen: draft.data });
    turn.latest = row;
    return 'saved';
  };

  const gone = (): 'gone' => {
    onEvent('gone');
    return 'gone';
  };

  const create = async (draft: Draft, turn: Turn, mayReplace: boolean): Promise<SaveFate> => {
    const { key, data, expiresAt, userId } = draft;
    const row = { data, expiresAt, userId };
    const created = await write({ kind: 'create', key, fresh: false, ...row });
    if (created.status !== 'taken') return done(draft, turn, { ...row, version: expectVersion(created) });
    const current = await read(key);
    if (current === undefined) return gone();
    if (!mayReplace) throw new SessionError('SESSION_CONFLICT');
    // What cannot be read is not written over.
    parse(current.data);
    const replaced = await write({ kind: 'update', key, expectedVersion: undefined, ...row });
    return replaced.status === 'gone' ? gone() : done(draft, turn, { ...row, version: expectVersion(replaced) });
  };

  const update = async (draft: Draft, turn: Turn, known: Known): Promise<SaveFate> => {
    const { key, expiresAt } = draft;
    let before = newest(known.row, turn.latest);
    for (let tries = 1; ; tries++) {
      const row = { ...mergeOver(before.data, known.seen, draft), expiresAt };
      const result = await write({ kind: 'update', key, expectedVersion: before.version, ...row });
      if (result.status === 'gone') return gone();
      if (result.status !== 'conflict' || tries === TRIES)
        return done(draft, turn, { ...row, version: expectVersion(result) });
      onEvent('conflict');
      before = result.current;
      await pause(tries);
    }
  };

  /** Moves the expiry, if that is worth a write. A session that is gone stays so: nothing of it was to be written. */
  const renew = async (draft: Draft, turn: Turn, known: Known | undefined): Promise<void> => {
    const { key, holder, expiresAt } = draft;
    const before = known === undefined ? turn.latest : newest(known.row, turn.latest);
    const ageMs = expiresAt.getTime() - now();
    const enoughMs = settings.touchAfterMs ?? (ageMs > SHORT_MS ? ageMs / 10 : 0);
    if (before !== undefined && Math.abs(expiresAt.getTime() - before.expiresAt.getTime()) < enoughMs) return;
    turn.latest = undefined;
    const result = await write({ kind: 'touch', key, expiresAt });
    if (result.status === 'gone') return;
    const version = expectVersion(result);
    // Otherwise somebody else may have written in between, and what is there is not known; nor is it when this version is
    // the first of an epoch.
    if (before === undefined || before.version + 1 !== version) return;
    turn.latest = { ...before, version, expiresAt };
    if (known !== undefined) memory.remember(holder, { ...known, row: turn.latest });
  };

  /** What was changed since, beside the expiry: nothing, something that is the library's own, or the application's. */
  const changeOf = ({ data }: Draft, { seen }: Known): 'nothing' | 'own' | 'values' => {
    if (data === seen) return 'nothing';
    const [after, before] = [parse(data), parse(seen)];
    for (const session of [after, before]) shape.dropRenewed(session);
    if (sameJson(after, before)) return 'nothing';
    for (const session of [after, before]) for (const name of shape.own) delete session[name];
    return sameJson(after, before) ? 'own' : 'values';
  };

  const save = async (saving: Saving): Promise<SaveFate> => {
    const draft = draftOf(saving);
    return turns.take(draft.key, async (turn) => {
      const known = memory.of(draft.holder, draft.sid);
      if (known === undefined) return create(draft, turn, saving.mayReplace ?? true);
      if (changeOf(draft, known) !== 'nothing') return update(draft, turn, known);
      await renew(draft, turn, known);
      return 'saved';
    });
  };

  const touch = async (saving: Saving): Promise<void> => {
    const draft = draftOf(saving);
    await turns.take(draft.key, async (turn) => {
      const known = memory.of(draft.holder, draft.sid);
      // A cookie with other attributes is no change of the session to the library, so nobody saves it.
      if (known !== undefined && changeOf(draft, known) === 'own') await update(draft, turn, known);
      else await renew(draft, turn, known);
    });
  };

  return {
    load: (sid, holder) =>
      traced('session.load', {}, async (span) => {
        const record = await read(keyOf(sid));
        span?.setAttribute('switchyard.session.result', record === undefined ? 'absent' : 'found');
        if (record === undefined) return null;
        const session = decode(record);
        memory.remember(holder ?? session, { sid, row: record, seen: record.data });
        return session;
      }),
    save: (saving) =>
      traced('session.save', {}, async (span) => {
        const fate = await save(saving);
        span?.setAttribute('switchyard.session.result', fate);
        return fate;
      }),
    touch: (saving) => traced('session.touch', {}, () => touch(saving)),
    destroy: (sid) =>
      traced('session.destroy', {}, async () => {
        const key = keyOf(sid);
        await turns.take(key, async (turn) => {
          turn.latest = undefined;
          expectVersion(await write({ kind: 'destroy', key }));
        });
      }),
    decode,
    pass: (from, to) => memory.pass(from, to),
  };
}

const newest = (row: SessionRecord, latest: SessionRecord | undefined): SessionRecord =>
  latest !== undefined && latest.version > row.version ? latest : row;

function expectVersion(result: ApplyResult): number {
  if (result.status === 'ok') return result.version;
  if (result.status === 'gone') throw new SessionError('SESSION_GONE');
  if (result.status === 'conflict') throw new SessionError('SESSION_CONFLICT');
  if (result.status === 'taken') throw new SessionError('SESSION_UNAVAILABLE', new Error('the session id is taken'));
  throw new SessionError(result.outcome === 'none' ? 'SESSION_UNAVAILABLE' : 'SESSION_UNKNOWN_OUTCOME', result.cause);
}

const pause = (tries: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.random() * Math.min(2 ** tries, LONGEST_PAUSE_MS));
  });
