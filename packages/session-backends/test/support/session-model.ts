import { merge } from '@switchyard/session-backends';

export type Values = Record<string, unknown>;

export interface Meta {
  readonly expiry?: number | string;
  readonly authHash?: string;
}

export interface Document {
  readonly values: Values;
  readonly meta: Meta;
}

/** A row of the model's store. Keys are numbers; the real ones are told apart beside it. */
export interface ModelRow {
  readonly document: Document;
  readonly userId: string | null;
  readonly expiresAt: number;
  readonly version: number;
  readonly destroyed: boolean;
}

/** One request's session. */
export interface ModelSession {
  key: number | undefined;
  /** Undefined: not loaded yet. */
  document: Document | undefined;
  /** What the store had, as far as this request knows. */
  base: ModelRow | undefined;
  userId: string | null;
  /** Emptied without being loaded: the next write goes over whatever is there. */
  cleared: boolean;
  accessed: boolean;
  modified: boolean;
  unsaved: boolean;
}

export interface ModelWorld {
  readonly rows: Map<number, ModelRow>;
  readonly sessions: ModelSession[];
  readonly ttlMs: number;
  /** What happens to a value that two requests changed. */
  readonly resolve: 'refuse' | 'last';
  /** The clock of the process, and of the store. */
  readonly now: () => number;
  readonly storeNow: () => number;
  /** Set off from one another, so that none follows upon another's last one. */
  epoch: number;
  keys: number;
}

/** Carries the code that the real error has to have. */
export class ModelError extends Error {
  readonly code: string;
  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

export type Update = (values: Values) => Values | void;

const EMPTY: Document = { values: {}, meta: {} };
const EPOCH = 1_000_000;

export const newModelSession = (key: number | undefined): ModelSession => ({
  key,
  document: undefined,
  base: undefined,
  userId: null,
  cleared: false,
  accessed: false,
  modified: false,
  unsaved: false,
});

export const isLive = (world: ModelWorld, row: ModelRow | undefined): row is ModelRow =>
  row !== undefined && !row.destroyed && row.expiresAt > world.storeNow();

export function ageOf({ expiry }: Meta, { ttlMs, now }: ModelWorld): number {
  if (typeof expiry === 'string') return Math.floor((Date.parse(expiry) - now()) / 1000);
  return expiry ? expiry : Math.floor(ttlMs / 1000);
}

export function dateOf({ expiry }: Meta, { ttlMs, now }: ModelWorld): number {
  return typeof expiry === 'string' ? Date.parse(expiry) : now() + (expiry ? expiry * 1000 : ttlMs);
}

/** The session of a request as it should be: Django's, with three-way merges and compare-and-set. */
export function modelSession(world: ModelWorld, self: ModelSession) {
  const { rows } = world;
  const rowOf = (key: number): ModelRow | undefined => rows.get(key);

  const forget = (): void => {
    self.key = undefined;
    self.base = undefined;
    self.userId = null;
  };

  const load = (): Document => {
    if (self.document !== undefined) return self.document;
    const row = self.key === undefined ? undefined : rowOf(self.key);
    if (!isLive(world, row)) {
      forget();
      return (self.document = EMPTY);
    }
    Object.assign(self, { base: row, userId: row.userId });
    return (self.document = row.document);
  };

  const change = (make: (document: Document) => Document | undefined): void => {
    self.accessed = true;
    const changed = make(load());
    if (changed === undefined) return;
    self.document = changed;
    self.modified = self.unsaved = true;
  };

  const setValues = (values: Values): void =>
    change(({ values: before, meta }) => ({ values: { ...before, ...values }, meta }));

  /** What the next write stores, if nothing stands in its way. */
  const draft = (version: number): ModelRow => ({
    document: self.document as Document,
    userId: self.userId,
    expiresAt: dateOf((self.document as Document).meta, world),
    version,
    destroyed: false,
  });

  const wrote = (key: number, row: ModelRow): void => {
    rows.set(key, row);
    Object.assign(self, { key, base: row, cleared: false, unsaved: false });
  };

  const bury = (key: number): void => {
    const row = rowOf(key);
    if (isLive(world, row)) rows.set(key, { ...row, destroyed: true });
  };

  const nextVersion = (row: ModelRow): number => Math.max(row.version, world.epoch * EPOCH) + 1;

  const insert = (): void => wrote(world.keys++, draft(world.epoch * EPOCH + 1));

  /** Merges what another request wrote meanwhile into this one's document. */
  const catchUp = (row: ModelRow): void => {
    if (!self.cleared && self.base !== undefined && self.base.version !== row.version) {
      const { base, document } = self as { base: ModelRow; document: Document };
      const values = merge(base.document.values, document.values, row.document.values, ({ ours }) => {
        if (world.resolve === 'refuse') throw new ModelError('SESSION_CONFLICT');
        return ours;
      });
      const meta = merge({ ...base.document.meta }, { ...document.meta }, { ...row.document.meta }, (of) => of.ours);
      Object.assign(self, { document: { values, meta }, base: row, userId: row.userId });
    }
  };

  /** `prepare` changes the document just before it is written. It counts only if the write succeeds. */
  const write = (kind: 'update' | 'rename', prepare?: () => void): void => {
    const known = self.key !== undefined;
    if (self.cleared && self.base === undefined && known) {
      if (!isLive(world, rowOf(self.key as number))) forget();
    } else load();
    const attempt = (act: () => void): void => {
      const { document, userId } = self;
      try {
        prepare?.();
        act();
      } catch (error) {
        Object.assign(self, { document, userId });
        throw error;
      }
    };
    const { key } = self;
    if (key === undefined) {
      const isNothing = prepare === undefined && Object.keys((self.document as Document).values).length === 0;
      if (known && isNothing) self.unsaved = false;
      else attempt(insert);
      return;
    }
    const row = rowOf(key);
    if (!isLive(world, row)) {
      // The function is called all the same, and what it throws comes first.
      return attempt(() => {
        throw new ModelError('SESSION_GONE');
      });
    }
    // As above: called on what this request knows before it is found out that there is something newer.
    if (!self.cleared && self.base?.version !== row.version) {
      const { document, userId } = self;
      prepare?.();
      Object.assign(self, { document, userId });
      catchUp(row);
    }
    attempt(() => {
      if (kind === 'update') return wrote(key, draft(nextVersion(row)));
      bury(key);
      insert();
    });
  };

  const destroy = (): void => {
    if (self.key !== undefined) bury(self.key);
    forget();
    Object.assign(self, { document: EMPTY, cleared: false, unsaved: false });
  };

  return {
    get: (name: string): unknown => {
      self.accessed = true;
      return load().values[name];
    },
    has: (name: string): boolean => {
      self.accessed = true;
      return Object.hasOwn(load().values, name);
    },
    keys: (): string[] => {
      self.accessed = true;
      return Object.keys(load().values);
    },
    set: (name: string, value: unknown): void => setValues({ [name]: value }),
    update: (change: Values | Update): void => {
      if (typeof change !== 'function') return setValues(change);
      self.accessed = true;
      write('update', () => {
        const { values, meta } = self.document as Document;
        const copy = JSON.parse(JSON.stringify(values)) as Values;
        self.document = { values: change(copy) ?? copy, meta };
      });
      self.modified = true;
    },
    delete: (name: string): void =>
      change(({ values, meta }) => {
        if (!Object.hasOwn(values, name)) throw new ModelError('SESSION_VALUE_MISSING');
        const { [name]: _, ...rest } = values;
        return { values: rest, meta };
      }),
    pop: (name: string, ...fallback: [unknown?]): unknown => {
      let popped = fallback[0];
      change(({ values, meta }) => {
        if (!Object.hasOwn(values, name)) {
          if (fallback.length === 0) throw new ModelError('SESSION_VALUE_MISSING');
          return undefined;
        }
        const { [name]: value, ...rest } = values;
        popped = value;
        return { values: rest, meta };
      });
      return popped;
    },
    setDefault: (name: string, value: unknown): unknown => {
      change(({ values, meta }) =>
        Object.hasOwn(values, name) ? undefined : { values: { ...values, [name]: value }, meta },
      );
      return self.document?.values[name];
    },
    clear: (): void => {
      Object.assign(self, { document: EMPTY, userId: null, cleared: true });
      Object.assign(self, { accessed: true, modified: true, unsaved: true });
    },
    setExpiry: (expiry: number | Date | undefined): void =>
      change(({ values, meta: { expiry: before, ...rest } }) => {
        if (expiry === undefined) return before === undefined ? undefined : { values, meta: rest };
        return { values, meta: { ...rest, expiry: expiry instanceof Date ? expiry.toISOString() : expiry } };
      }),
    getExpiryAge: (): number => {
      self.accessed = true;
      return ageOf(load().meta, world);
    },
    getUserId: (): string | null => {
      self.accessed = true;
      load();
      return self.userId;
    },
    save: (): void => {
      // A session without a key is inserted even if it is empty.
      if (self.key === undefined) {
        load();
        insert();
      } else write('update');
    },
    /** Sessions with unsaved changes are not to be touched. */
    touch: (): void => {
      const { meta } = load();
      const { base, key } = self;
      if (base === undefined || key === undefined) return;
      const expiresAt = dateOf(meta, world);
      if (expiresAt - base.expiresAt <= ageOf(meta, world) * 100) return;
      const row = rowOf(key);
      if (!isLive(world, row)) {
        forget();
        self.document = EMPTY;
        return;
      }
      const touched = { ...row, expiresAt, version: nextVersion(row) };
      rows.set(key, touched);
      if (touched.version === base.version + 1) self.base = touched;
    },
    cycleKey: (): void => {
      load();
      if (self.key === undefined) insert();
      else write('rename');
      self.modified = true;
    },
    create: (): void => {
      if (self.key === undefined) load();
      else self.document ??= EMPTY;
      insert();
      self.modified = true;
    },
    flush: (): void => {
      self.accessed = true;
      destroy();
      self.modified = true;
    },
    login: (userId: string, authHash: string | undefined): void => {
      self.accessed = true;
      const { meta } = load();
      const changed = self.userId !== userId || (authHash !== undefined && authHash !== meta.authHash);
      if (self.userId !== null && changed) destroy();
      const prepare = (): void => {
        const { values, meta: before } = self.document as Document;
        const { authHash: _, ...rest } = before;
        self.document = { values, meta: authHash === undefined ? rest : { ...rest, authHash } };
        self.userId = userId;
      };
      if (self.key === undefined) {
        prepare();
        insert();
      } else write('rename', prepare);
      self.modified = true;
    },
    isEmpty: (): boolean =>
      self.key === undefined && Object.keys(self.document?.values ?? {}).length === 0 && self.userId === null,
  };
}
