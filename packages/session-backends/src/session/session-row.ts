import { trace } from '@opentelemetry/api';
import {
  bucketOfStored,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  type SessionKey,
  type StoredKey,
} from '../keys.ts';
import type { ApplyResult, SessionOperation, SessionRecord } from '../store.ts';
import type { LiveSpan } from '../tracing/create-tracing.ts';
import { traced } from '../tracing/traced.ts';
import { expiryDate } from './expiry.ts';
import type { Turn } from './key-turns.ts';
import {
  decodeDocument,
  emptyDocument,
  encodeDocument,
  mergeDocuments,
  type SessionDocument,
} from './session-document.ts';
import { SessionError } from './session-error.ts';
import type { SessionSettings } from './session-settings.ts';

/**
 * Gives the document new values or a new meta right before it is written, and leaves those that it had as they are;
 * again, to the newer document, when the write was in conflict.
 */
export type Change = (row: SessionRow) => void | Promise<void>;

type WriteKind = 'create' | 'update' | 'rename';

interface Draft {
  readonly data: string;
  readonly expiresAt: Date;
  readonly userId: string | null;
  /** The state of the document that this draft has. */
  readonly changes: number;
  /** Takes the change back. */
  readonly undo: () => void;
}

/** A save merges; when the same session changes this often meanwhile, something is wrong. */
const SAVE_TRIES = 5;
/** Each conflict means that somebody else got through, so this many writers at once all come to their turn. */
const CHANGE_TRIES = 200;
const LONGEST_PAUSE_MS = 40;

/** One session and its row in the store: loads it once, writes it with compare-and-set, merges what comes between. */
export class SessionRow {
  readonly #settings: SessionSettings;
  #key: SessionKey | undefined;
  #storedKey: StoredKey | undefined;
  #document: SessionDocument | undefined;
  #record: SessionRecord | undefined;
  #loading: Promise<SessionDocument> | undefined;
  #undecodable: SessionError | undefined;
  #cleared = false;
  #changes = 0;
  #written = 0;
  userId: string | null = null;

  constructor(settings: SessionSettings, key: SessionKey | undefined) {
    this.#settings = settings;
    this.#key = key;
  }

  get key(): SessionKey | undefined {
    return this.#key;
  }

  /** The document as far as it is known without asking the store. */
  get document(): SessionDocument | undefined {
    return this.#document;
  }

  get record(): SessionRecord | undefined {
    return this.#record;
  }

  get unsaved(): boolean {
    return this.#changes !== this.#written;
  }

  changed(): void {
    this.#changes++;
  }

  /** The document, from the store at the first call. An unknown or expired key is dropped. */
  async load(): Promise<SessionDocument> {
    if (this.#document !== undefined) return this.#document;
    if (this.#undecodable !== undefined) throw this.#undecodable;
    if (this.#key === undefined) return (this.#document = emptyDocument());
    this.#loading ??= this.#traced('session.load', (span) => this.#fetch(span)).finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #fetch(span: LiveSpan): Promise<SessionDocument> {
    const key = this.#stored();
    const [result] = await this.#settings.store.load([key]);
    span?.setAttribute('switchyard.session.result', result?.status ?? 'nothing');
    // Cleared or flushed meanwhile: what was loaded no longer matters.
    if (this.#document !== undefined) return this.#document;
    switch (result?.status) {
      case 'found':
        return this.#adopt(result.record);
      case 'absent':
        this.#forget();
        return (this.#document = emptyDocument());
      default:
        throw new SessionError('SESSION_UNAVAILABLE', result?.cause);
    }
  }

  #adopt(record: SessionRecord): SessionDocument {
    this.#record = record;
    this.userId = record.userId;
    return (this.#document = this.#decode(record.data));
  }

  #decode(data: string): SessionDocument {
    try {
      return decodeDocument(data, this.#settings.codec);
    } catch (error) {
      this.#settings.onEvent('undecodable');
      this.#document = undefined;
      this.#undecodable = error as SessionError;
      throw error;
    }
  }

  /** Empties the document without asking for it first; the next write goes over whatever is there. */
  clear(): void {
    if (this.#undecodable !== undefined) throw this.#undecodable;
    this.#document = emptyDocument();
    this.#cleared = true;
    this.userId = null;
    this.#changes++;
  }

  /** Writes the document, with `change` applied if one is given; a session without a key is created. */
  async write(change?: Change): Promise<void> {
    return this.#traced(change === undefined ? 'session.save' : 'session.update', async () => {
      if (this.#key !== undefined) return this.#inTurn('update', change);
      await this.load();
      return this.#attempt('create', change);
    });
  }

  /** Writes the document under a fresh key. The row under the old one, if there is one, stays. */
  async create(): Promise<void> {
    return this.#traced('session.create', async () => {
      if (this.#key === undefined) await this.load();
      else this.#document ??= emptyDocument();
      return this.#attempt('create');
    });
  }

  /** As write, but the row moves to a fresh key; the old key is dead from then on. */
  async rename(change?: Change): Promise<void> {
    return this.#traced('session.rename', async () => {
      await this.load();
      return this.#key === undefined ? this.#attempt('create', change) : this.#inTurn('rename', change);
    });
  }

  async destroy(): Promise<void> {
    if (this.#key !== undefined) await this.#traced('session.destroy', () => this.#bury());
    this.#forget();
    this.#document = emptyDocument();
    this.#undecodable = undefined;
    this.#cleared = false;
    this.#written = this.#changes;
  }

  async #bury(): Promise<void> {
    const key = this.#stored();
    const result = await this.#settings.turns.take(key, async (turn) => {
      turn.latest = undefined;
      return (await this.#settings.store.apply([{ kind: 'destroy', key }]))[0];
    });
    if (result?.status !== 'ok' && result?.status !== 'gone') throw failure(result);
  }

  /** Moves the expiry alone. A session that is gone is forgotten: nothing of it was to be written. */
  async touch(): Promise<void> {
    const { meta } = await this.load();
    if (this.#key === undefined) return;
    const expiresAt = expiryDate(meta, this.#settings.ttlMs, this.#settings.now());
    await this.#traced('session.touch', () => this.#renew(expiresAt));
  }

  async #renew(expiresAt: Date): Promise<void> {
    const [result] = await this.#settings.store.apply([{ kind: 'touch', key: this.#stored(), expiresAt }]);
    if (result?.status === 'gone') {
      this.#forget();
      this.#document = emptyDocument();
    } else if (result?.status !== 'ok') throw failure(result);
    // The first version of an epoch does not tell what was before it: that may be newer than what is known here.
    else if (this.#record && result.version === this.#record.version + 1)
      this.#record = { ...this.#record, expiresAt, version: result.version };
  }

  async #inTurn(kind: 'update' | 'rename', change: Change | undefined): Promise<void> {
    await this.#settings.turns.take(this.#stored(), async (turn) => {
      await this.#catchUp(turn);
      if (this.#key !== undefined) return this.#attempt(kind, change, turn);
      // The key was unknown, so nothing is written in its place but what was set since.
      if (change !== undefined || this.#hasValues()) return this.#attempt('create', change);
      this.#written = this.#changes;
    });
  }

  /** Loads if that has not happened, and takes over what the turn before has written. */
  async #catchUp({ latest }: Turn): Promise<void> {
    if (this.#cleared) {
      // Not to read it, but because what cannot be decoded is not to be written over either.
      if (this.#record === undefined) await this.#checkBeforeOverwriting();
    } else if (latest === undefined || this.#undecodable !== undefined) await this.load();
    else if (this.#document === undefined) this.#adopt(latest);
    else if (latest.version > (this.#record?.version ?? 0)) this.#rebase(latest);
  }

  async #checkBeforeOverwriting(): Promise<void> {
    const [result] = await this.#settings.store.load([this.#stored()]);
    if (result?.status === 'absent') return this.#forget();
    if (result?.status !== 'found') throw new SessionError('SESSION_UNAVAILABLE', result?.cause);
    this.#decode(result.record.data);
  }

  async #attempt(kind: WriteKind, change?: Change, turn?: Turn): Promise<void> {
    for (let tries = 1; ; tries++) {
      const draft = await this.#draft(change);
      const newKey = this.#drawKey(kind);
      const result = await this.#send(kind, draft, newKey);
      if (result?.status === 'ok') return this.#done(draft, result.version, newKey, turn);
      draft.undo();
      const last = tries >= (change === undefined ? SAVE_TRIES : CHANGE_TRIES);
      if (result?.status === 'taken' && !last) continue;
      if (result?.status !== 'conflict') throw failure(result);
      if (last) throw new SessionError('SESSION_CONFLICT');
      this.#rebase(result.current);
      await pause(tries);
    }
  }

  async #draft(change: Change | undefined): Promise<Draft> {
    if (change === undefined) return this.#encode(() => undefined);
    const undo = this.#remember();
    try {
      await change(this);
      this.#changes++;
      return this.#encode(undo);
    } catch (error) {
      undo();
      throw error;
    }
  }

  #remember(): () => void {
    const { userId } = this;
    const changes = this.#changes;
    const { values, meta } = this.#document as SessionDocument;
    return () => {
      this.#document = { values, meta };
      this.userId = userId;
      this.#changes = changes;
    };
  }

  #encode(undo: () => void): Draft {
    const { codec, maxBytes, ttlMs, now } = this.#settings;
    const document = this.#document as SessionDocument;
    const data = encodeDocument(document, codec);
    if (Buffer.byteLength(data) > maxBytes) throw new SessionError('SESSION_TOO_LARGE');
    return {
      data,
      expiresAt: expiryDate(document.meta, ttlMs, now()),
      userId: this.userId,
      changes: this.#changes,
      undo,
    };
  }

  async #send(kind: WriteKind, draft: Draft, newKey: SessionKey | undefined): Promise<ApplyResult | undefined> {
    try {
      return (await this.#settings.store.apply([this.#operation(kind, draft, newKey)]))[0];
    } catch (error) {
      draft.undo();
      throw error;
    }
  }

  #operation(kind: WriteKind, { data, expiresAt, userId }: Draft, newKey: SessionKey | undefined): SessionOperation {
    const expectedVersion = this.#cleared ? undefined : this.#record?.version;
    const row = { data, expiresAt, userId };
    const fresh = newKey === undefined ? undefined : encodeKey(newKey, this.#settings.keyEncoding);
    if (kind === 'create') return { kind, key: fresh as StoredKey, fresh: true, ...row };
    if (kind === 'update') return { kind, key: this.#stored(), expectedVersion, ...row };
    return { kind, key: this.#stored(), newKey: fresh as StoredKey, expectedVersion, ...row };
  }

  #drawKey(kind: WriteKind): SessionKey | undefined {
    if (kind === 'update') return undefined;
    if (kind === 'create') return drawSessionKey();
    return drawSessionKeyInBucket(bucketOfStored(this.#stored(), this.#settings.keyEncoding));
  }

  #done(draft: Draft, version: number, newKey: SessionKey | undefined, turn: Turn | undefined): void {
    const { data, expiresAt, userId, changes } = draft;
    this.#record = { data, expiresAt, userId, version };
    this.#written = changes;
    this.#cleared = false;
    if (turn !== undefined) turn.latest = newKey === undefined ? this.#record : undefined;
    if (newKey === undefined) return;
    this.#key = newKey;
    this.#storedKey = undefined;
  }

  /** Goes on from a newer row: what was changed here and not saved yet is put over it. */
  #rebase(current: SessionRecord): void {
    const theirs = this.#decode(current.data);
    const ours = this.#document;
    this.#settings.onEvent('conflict');
    trace.getActiveSpan()?.addEvent('conflict');
    // Whether or not a change was announced: what is deep inside can be changed without anybody noticing.
    this.#document =
      this.#record === undefined || ours === undefined
        ? theirs
        : mergeDocuments(this.#decode(this.#record.data), ours, theirs, this.#settings.resolve);
    this.#record = current;
    this.userId = current.userId;
  }

  #hasValues(): boolean {
    return Object.keys(this.#document?.values ?? {}).length > 0;
  }

  /** Of the key no more is told than its bucket. */
  #traced<T>(name: string, work: (span: LiveSpan) => Promise<T>): Promise<T> {
    return traced(name, {}, (span) => {
      if (span !== undefined && this.#key !== undefined)
        span.setAttribute('switchyard.bucket', bucketOfStored(this.#stored(), this.#settings.keyEncoding));
      return work(span);
    });
  }

  #stored(): StoredKey {
    return (this.#storedKey ??= encodeKey(this.#key as SessionKey, this.#settings.keyEncoding));
  }

  #forget(): void {
    this.#key = undefined;
    this.#storedKey = undefined;
    this.#record = undefined;
    this.userId = null;
  }
}

function failure(result: ApplyResult | undefined): SessionError {
  if (result?.status === 'gone') return new SessionError('SESSION_GONE');
  if (result?.status === 'unavailable')
    return new SessionError(
      result.outcome === 'none' ? 'SESSION_UNAVAILABLE' : 'SESSION_UNKNOWN_OUTCOME',
      result.cause,
    );
  return new SessionError('SESSION_UNAVAILABLE', new Error(`the store answered "${result?.status ?? 'nothing'}"`));
}

const pause = (tries: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, Math.random() * Math.min(2 ** tries, LONGEST_PAUSE_MS));
  });
