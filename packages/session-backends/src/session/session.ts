import { AsyncLocalStorage } from 'node:async_hooks';
import type { SessionKey } from '../keys.ts';
import { copyJson } from './copy-json.ts';
import { expiryAge, expiryDate, toExpiry } from './expiry.ts';
import { isPlainObject } from './plain-object.ts';
import { META_NAME, type SessionDocument } from './session-document.ts';
import { SessionError } from './session-error.ts';
import { SessionRow } from './session-row.ts';
import type { SessionSettings } from './session-settings.ts';

export type SessionData = Record<string, unknown>;

type Name<Data> = keyof Data & string;
type Value<Data, K extends keyof Data> = Exclude<Data[K], undefined>;

/** Changes what it is given, or returns what to keep instead. May run again, on newer data. */
export type SessionUpdater<Data> = (data: Partial<Data>) => Partial<Data> | void | Promise<Partial<Data> | void>;

export interface LoginOptions {
  /** A hash that changes with the password: a login with another one starts an empty session. */
  readonly authHash?: string;
}

/** When the cookie of a session is to end; `undefined` for both: with the browser. */
export interface CookieExpiry {
  /** Seconds. */
  readonly maxAge: number | undefined;
  readonly expires: Date | undefined;
}

/**
 * The session that an async function is changing. Only for those: before Node 24 the first use of an AsyncLocalStorage makes
 * every promise of the process dearer.
 */
const updating = new AsyncLocalStorage<object>();
const AsyncFunction = (async () => undefined).constructor;

/**
 * One visitor's session during one request. Nothing is loaded before the first touch and nothing is written before
 * `save`, except by `update(fn)` and by what changes the key (`create`, `cycleKey`, `flush`, `login`, `logout`): these
 * are done when they resolve.
 *
 * A change deep inside a value is not noticed; make it in `update(fn)`.
 *
 * Every call may reject with a {@link SessionError}: SESSION_UNAVAILABLE or SESSION_UNDECODABLE when the session had to
 * be loaded, and what writing can meet: SESSION_GONE, SESSION_CONFLICT, SESSION_TOO_LARGE, SESSION_UNKNOWN_OUTCOME.
 */
export class Session<Data extends object = SessionData> {
  readonly #settings: SessionSettings;
  readonly #row: SessionRow;
  #accessed = false;
  #modified = false;
  #busy: Promise<void> | undefined;
  /** A plain function is changing it; while one that returns a promise is at it, nobody else changes anything. */
  #isUpdating = false;

  /** Sessions come from `createSessions().open()`. */
  constructor(settings: SessionSettings, key: SessionKey | undefined) {
    this.#settings = settings;
    this.#row = new SessionRow(settings, key);
  }

  /** Undefined for a session that is not in the store; of an unknown cookie, from the first touch on. */
  get sessionKey(): SessionKey | undefined {
    return this.#row.key;
  }

  /** What its browser is to hold: the key, or, where the whole session lives in the cookie, the sealed session. */
  get cookieValue(): string | undefined {
    const { cookieValue } = this.#settings;
    return cookieValue === undefined ? this.#row.key : cookieValue();
  }

  /** Something was read or written in this request. */
  get accessed(): boolean {
    return this.#accessed;
  }

  /** Something was changed in this request, saved or not. */
  get modified(): boolean {
    return this.#modified;
  }

  /** There are changes that are not in the store yet. */
  get unsaved(): boolean {
    return this.#row.unsaved;
  }

  async has(name: Name<Data>): Promise<boolean> {
    return Object.hasOwn((await this.#read()).values, name);
  }

  async get<K extends Name<Data>>(name: K): Promise<Value<Data, K> | undefined>;
  async get<K extends Name<Data>, D>(name: K, fallback: D): Promise<Value<Data, K> | D>;
  async get(name: string, fallback?: unknown): Promise<unknown> {
    const { values } = await this.#read();
    return Object.hasOwn(values, name) ? values[name] : fallback;
  }

  async keys(): Promise<Name<Data>[]> {
    return Object.keys((await this.#read()).values) as Name<Data>[];
  }

  async values(): Promise<Value<Data, keyof Data>[]> {
    return Object.values((await this.#read()).values) as Value<Data, keyof Data>[];
  }

  async entries(): Promise<[Name<Data>, Value<Data, keyof Data>][]> {
    return Object.entries((await this.#read()).values) as [Name<Data>, Value<Data, keyof Data>][];
  }

  /** No key and no data. Asks nobody: a session that has not been loaded is not empty while it has a key. */
  async isEmpty(): Promise<boolean> {
    return this.empty;
  }

  /** As isEmpty, for the middleware that writes the cookie. */
  get empty(): boolean {
    const values = this.#row.document?.values;
    return (
      this.#row.key === undefined &&
      (values === undefined || Object.keys(values).length === 0) &&
      this.#row.userId === null
    );
  }

  async set<K extends Name<Data>>(name: K, value: Value<Data, K>): Promise<void> {
    assertName(name);
    await this.#change(({ values }) => {
      values[name] = value;
      this.#touched();
    });
  }

  /** @throws {SessionError} SESSION_VALUE_MISSING */
  async delete(name: Name<Data>): Promise<void> {
    await this.#change(({ values }) => {
      if (!Object.hasOwn(values, name)) throw new SessionError('SESSION_VALUE_MISSING');
      delete values[name];
      this.#touched();
    });
  }

  /**
   * Takes a value out.
   * @throws {SessionError} SESSION_VALUE_MISSING when it is not there and no fallback is given
   */
  async pop<K extends Name<Data>>(name: K): Promise<Value<Data, K>>;
  async pop<K extends Name<Data>, D>(name: K, fallback: D): Promise<Value<Data, K> | D>;
  async pop(name: string, ...fallback: [unknown?]): Promise<unknown> {
    return this.#change(({ values }) => {
      if (!Object.hasOwn(values, name)) {
        if (fallback.length === 0) throw new SessionError('SESSION_VALUE_MISSING');
        return fallback[0];
      }
      const value = values[name];
      delete values[name];
      this.#touched();
      return value;
    });
  }

  /** The value that is there, or else the given one, which is then there. */
  async setDefault<K extends Name<Data>>(name: K, value: Value<Data, K>): Promise<Value<Data, K>> {
    assertName(name);
    return this.#change(({ values }) => {
      if (!Object.hasOwn(values, name)) {
        values[name] = value;
        this.#touched();
      }
      return values[name] as Value<Data, K>;
    });
  }

  /** Empties the session without loading it; the key stays. The next save replaces whatever is there. */
  async clear(): Promise<void> {
    this.#refuseInsideUpdate();
    this.#accessed = true;
    while (this.#busy !== undefined) await this.#busy;
    this.#row.clear();
    this.#modified = true;
  }

  /**
   * With values: sets them, like `set`.
   *
   * With a function: reads, changes and writes in one step, together with everything unsaved. When another request got
   * in between, the function runs again on what that one left, so that no change is lost; nothing else that it does
   * may matter twice. If it throws, nothing of it remains. Other changes to this session wait until it is done; where it
   * returns a promise without being an `async` function, they are refused.
   */
  async update(change: Partial<Data> | SessionUpdater<Data>): Promise<void> {
    if (typeof change !== 'function') {
      for (const name of Object.keys(change)) assertName(name);
      return this.#change(({ values }) => {
        for (const [name, value] of Object.entries(change)) values[name] = value;
        this.#touched();
      });
    }
    this.#accessed = true;
    await this.#alone(() => this.#row.write((row) => this.#apply(change, row)));
  }

  async #apply(fn: SessionUpdater<Data>, row: SessionRow): Promise<void> {
    const document = row.document as SessionDocument;
    // A copy: parts of it may be objects that the application set, or returned, and uses for other sessions, too.
    const values = copyJson(document.values);
    const result: unknown =
      fn instanceof AsyncFunction
        ? await updating.run(this, fn, values as Partial<Data>)
        : await this.#runPlain(fn, values as Partial<Data>);
    if (result !== undefined && !isPlainObject(result))
      throw new TypeError('session.update: the function has to return an object or nothing');
    document.values = { ...(result ?? values) };
  }

  #runPlain(fn: SessionUpdater<Data>, values: Partial<Data>): ReturnType<SessionUpdater<Data>> {
    const end = (): void => void (this.#isUpdating = false);
    this.#isUpdating = true;
    try {
      const result = fn(values);
      if (isPromise(result)) return Promise.resolve(result).finally(end);
      end();
      return result;
    } catch (error) {
      end();
      throw error;
    }
  }

  /** The user who logged in, or null. */
  async getUserId(): Promise<string | null> {
    await this.#read();
    return this.#row.userId;
  }

  /** What `login` was given as `authHash`. */
  async getAuthHash(): Promise<string | undefined> {
    return (await this.#read()).meta.authHash;
  }

  /**
   * Makes this the session of a user, under a fresh key. What an anonymous visitor or the same user had in it stays; the
   * session of another user, or of the same with another `authHash`, is destroyed first.
   */
  async login(userId: string, { authHash }: LoginOptions = {}): Promise<void> {
    if (typeof userId !== 'string' || userId === '') throw new TypeError('session.login: "userId" has to be a string');
    this.#accessed = true;
    await this.#alone(async () => {
      const { meta } = await this.#row.load();
      const { userId: before } = this.#row;
      const changed = before !== userId || (authHash !== undefined && authHash !== meta.authHash);
      if (before !== null && changed) await this.#row.destroy();
      await this.#row.rename((row) => {
        const document = row.document as SessionDocument;
        const { authHash: _, ...rest } = document.meta;
        document.meta = authHash === undefined ? rest : { ...rest, authHash };
        row.userId = userId;
      });
    });
  }

  /** Destroys the session. */
  async logout(): Promise<void> {
    return this.flush();
  }

  /** Destroys the session and forgets its key; what is set afterwards belongs to a new one. */
  async flush(): Promise<void> {
    this.#accessed = true;
    await this.#alone(() => this.#row.destroy());
  }

  /** The same session under a fresh key, in one step; SESSION_GONE if it was destroyed meanwhile. */
  async cycleKey(): Promise<void> {
    await this.#alone(() => this.#row.rename());
  }

  /** Inserts a new session with the data that is loaded, if any. */
  async create(): Promise<void> {
    await this.#alone(() => this.#row.create());
  }

  /** Writes the session: inserts it if it has no key, else updates it; what others changed meanwhile is merged. */
  async save(): Promise<void> {
    await this.#alone(() => this.#row.write(), false);
  }

  /** Renews the expiry of an unchanged session, if `touchAfterMs` have passed since that was done last. */
  async touch(): Promise<void> {
    await this.#alone(async () => {
      const { meta } = await this.#row.load();
      const { record } = this.#row;
      const { ttlMs, touchAfterMs, now } = this.#settings;
      if (record === undefined) return;
      const at = now();
      const passed = expiryDate(meta, ttlMs, at).getTime() - record.expiresAt.getTime();
      if (passed > (touchAfterMs ?? (expiryAge(meta, ttlMs, at) * 1000) / 10)) await this.#row.touch();
    }, false);
  }

  /**
   * Seconds from each change on, a Date, or `undefined` for the default. 0: the cookie ends with the browser, the row
   * lives as long as by default.
   */
  async setExpiry(expiry: number | Date | undefined): Promise<void> {
    const value = expiry === undefined ? undefined : toExpiry(expiry);
    await this.#change((document) => {
      const { expiry: before, ...rest } = document.meta;
      if (value === undefined && before === undefined) return;
      document.meta = value === undefined ? rest : { ...rest, expiry: value };
      this.#touched();
    });
  }

  /** Seconds until the session ends if it is saved now, floored toward −∞. */
  async getExpiryAge(): Promise<number> {
    return expiryAge((await this.#read()).meta, this.#settings.ttlMs, this.#settings.now());
  }

  async getExpiryDate(): Promise<Date> {
    return expiryDate((await this.#read()).meta, this.#settings.ttlMs, this.#settings.now());
  }

  async getExpireAtBrowserClose(): Promise<boolean> {
    return this.#endsWithBrowser((await this.#read()).meta.expiry);
  }

  /** For the middleware that writes the cookie: by what is known, without asking the store. */
  get cookieExpiry(): CookieExpiry {
    const meta = this.#row.document?.meta ?? {};
    if (this.#endsWithBrowser(meta.expiry)) return { maxAge: undefined, expires: undefined };
    const { ttlMs, now } = this.#settings;
    return { maxAge: expiryAge(meta, ttlMs, now()), expires: expiryDate(meta, ttlMs, now()) };
  }

  #endsWithBrowser(expiry: number | string | undefined): boolean {
    return expiry === undefined ? this.#settings.expireAtBrowserClose : expiry === 0;
  }

  #read(): Promise<SessionDocument> {
    this.#accessed = true;
    return this.#row.load();
  }

  #touched(): void {
    this.#modified = true;
    this.#row.changed();
  }

  /** Loads, waits for a write that is under way, and changes the document before anything else can happen. */
  async #change<T>(change: (document: SessionDocument) => T): Promise<T> {
    this.#refuseInsideUpdate();
    this.#accessed = true;
    for (;;) {
      await this.#row.load();
      const { document } = this.#row;
      if (this.#busy === undefined && document !== undefined) return change(document);
      await this.#busy;
    }
  }

  /** What writes runs one at a time. `modifies`: what it does, if it succeeds, is a change. */
  async #alone(task: () => Promise<void>, modifies = true): Promise<void> {
    this.#refuseInsideUpdate();
    while (this.#busy !== undefined) await this.#busy;
    const run = task();
    this.#busy = run.then(
      () => undefined,
      () => undefined,
    );
    try {
      await run;
      if (modifies) this.#modified = true;
    } finally {
      this.#busy = undefined;
    }
  }

  #refuseInsideUpdate(): void {
    if (this.#isUpdating || updating.getStore() === this)
      throw new TypeError('inside session.update(fn), change the data that fn is given');
  }
}

const isPromise = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (value as { then?: unknown } | undefined)?.then === 'function';

function assertName(name: string): void {
  if (typeof name !== 'string' || name === '__proto__' || name === META_NAME)
    throw new TypeError(`"${String(name)}" cannot be the name of a session value`);
}
