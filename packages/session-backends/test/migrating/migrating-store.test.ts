import {
  bucketOfStored,
  createSessions,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  migratingStore,
  pgExecutor,
  type MigratingStore,
  type MoveFlags,
  type Session,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const OLD: MoveFlags = { migrationFlag: false, newDbRouterFlag: false };
const BOTH_OLD_COUNTS: MoveFlags = { migrationFlag: true, newDbRouterFlag: false };
const BOTH_NEW_COUNTS: MoveFlags = { migrationFlag: true, newDbRouterFlag: true };
const NEW: MoveFlags = { migrationFlag: false, newDbRouterFlag: true };
const STATES = { OLD, BOTH_OLD_COUNTS, BOTH_NEW_COUNTS, NEW };

/** A store that can be switched off, made to lose its answers, or to keep one waiting. */
interface Switched extends SessionStore {
  state: 'up' | 'down' | 'loses answers';
  readonly calls: string[];
  /** The answer to the next call of this kind waits until the returned function is called. */
  hold(call: string): () => void;
  /** Resolves when it waits. */
  held(): Promise<void>;
}

const switched = (store: SessionStore): Switched => {
  let holding: { call: string; reached: () => void; until: Promise<void> } | undefined;
  let reached: Promise<void> = Promise.resolve();
  const pass = async <T>(calls: readonly string[], answer: T): Promise<T> => {
    if (holding !== undefined && calls.includes(holding.call)) {
      const { reached: tell, until } = holding;
      holding = undefined;
      tell();
      await until;
    }
    return answer;
  };
  const self: Switched = {
    state: 'up',
    calls: [],
    load: async (keys) => {
      self.calls.push('load');
      if (self.state === 'down') return keys.map(() => ({ status: 'unavailable', cause: 'test' }));
      return pass(['load'], await store.load(keys));
    },
    apply: async (operations) => {
      const kinds = operations.map(({ kind }) => kind);
      self.calls.push(...kinds);
      if (self.state === 'down')
        return operations.map(() => ({ status: 'unavailable', cause: 'test', outcome: 'none' }));
      const results = await store.apply(operations);
      if (self.state === 'up') return pass(kinds, results);
      return operations.map(() => ({ status: 'unavailable', cause: 'test', outcome: 'unknown' }));
    },
    hold: (call) => {
      let release = (): void => undefined;
      const until = new Promise<void>((resolve) => (release = resolve));
      reached = new Promise((resolve) => (holding = { call, reached: resolve, until }));
      return release;
    },
    held: () => reached,
  };
  return self;
};

function open(start: MoveFlags) {
  const plain = {
    old: fencedStore({
      sites: [postgresSite({ name: 'old', executor: pgExecutor(databases.main), standalone: true })],
    }),
    new: fencedStore({
      sites: [postgresSite({ name: 'new', executor: pgExecutor(databases.sessions), standalone: true })],
    }),
  };
  const old = switched(plain.old);
  const fresh = switched(plain.new);
  let flags = start;
  const failures: string[] = [];
  const store: MigratingStore = migratingStore({
    old,
    new: fresh,
    flags: () => flags,
    onMirrorFailure: ({ to }) => failures.push(to),
  });
  return { plain, old, fresh, store, failures, setFlags: (value: MoveFlags) => void (flags = value) };
}

const columns = 'data, expires_at::text, version::text, user_id';
async function rowsOf(key: StoredKey): Promise<{ old: unknown; new: unknown }> {
  const find = async (pool: TestDatabases['main']): Promise<unknown> =>
    (await pool.query(`select ${columns} from session where session_key = $1`, [key])).rows[0];
  return { old: await find(databases.main), new: await find(databases.sessions) };
}

const later = (ms = 60_000): Date => new Date(Date.now() + ms);
const newKey = (): StoredKey => encodeKey(drawSessionKey());
const create = (key: StoredKey, fresh = true): SessionOperation => ({
  kind: 'create',
  key,
  data: '{"n":0}',
  expiresAt: later(),
  userId: null,
  fresh,
});
const update = (key: StoredKey, data = '{"n":1}', expectedVersion?: number): SessionOperation => ({
  kind: 'update',
  key,
  data,
  expiresAt: later(),
  userId: 'u',
  expectedVersion,
});
const touch = (key: StoredKey): SessionOperation => ({ kind: 'touch', key, expiresAt: later(120_000) });
const destroy = (key: StoredKey): SessionOperation => ({ kind: 'destroy', key });
const rename = (key: StoredKey, newName: StoredKey): SessionOperation => ({
  kind: 'rename',
  key,
  newKey: newName,
  data: '{"n":2}',
  expiresAt: later(),
  expectedVersion: undefined,
  userId: 'v',
});
const sibling = (key: StoredKey): StoredKey => encodeKey(drawSessionKeyInBucket(bucketOfStored(key)));

const status = async (store: SessionStore, operation: SessionOperation): Promise<string | undefined> =>
  (await store.apply([operation]))[0]?.status;
const find = async (store: SessionStore, key: StoredKey): Promise<string | undefined> => {
  const [result] = await store.load([key]);
  return result?.status === 'found' ? result.record.data : result?.status;
};

describe('the table of the two flags', () => {
  it.each([
    ['OLD', ['load', 'update'], []],
    ['BOTH_OLD_COUNTS', ['update'], ['load', 'copy']],
    ['BOTH_NEW_COUNTS', ['copy'], ['load', 'update']],
    ['NEW', [], ['load', 'update']],
  ] as const)('%s: a load and a save of a session that both have', async (state, atOld, atNew) => {
    const { store, plain, old, fresh } = open(STATES[state]);
    const key = newKey();
    const [created] = await plain.old.apply([create(key)]);
    if (created?.status !== 'ok') throw new Error('not created');
    await plain.new.apply([
      { kind: 'copy', key, data: '{"n":0}', expiresAt: later(), version: created.version, userId: null },
    ]);
    expect(await find(store, key)).toBe('{"n":0}');
    expect(await status(store, update(key, '{"n":1}', created.version))).toBe('ok');
    expect({ old: old.calls, new: fresh.calls }).toEqual({ old: atOld, new: atNew });
  });

  it.each(['BOTH_OLD_COUNTS', 'BOTH_NEW_COUNTS'] as const)(
    '%s: a session that only the old store has is found there',
    async (state) => {
      const { store, plain } = open(STATES[state]);
      const key = newKey();
      await plain.old.apply([create(key)]);
      expect(await find(store, key)).toBe('{"n":0}');
    },
  );
});

describe.each(['BOTH_OLD_COUNTS', 'BOTH_NEW_COUNTS'] as const)('while both are written (%s)', (state) => {
  const expectEqualRows = async (key: StoredKey): Promise<void> => {
    const rows = await rowsOf(key);
    expect(rows.old).toBeDefined();
    expect(rows.new).toEqual(rows.old);
  };

  it.each([
    ['create', async () => undefined],
    ['update', async (store: SessionStore, key: StoredKey) => status(store, update(key))],
    ['touch', async (store: SessionStore, key: StoredKey) => status(store, touch(key))],
    ['destroy', async (store: SessionStore, key: StoredKey) => status(store, destroy(key))],
    [
      'a blind update after a touch',
      async (store: SessionStore, key: StoredKey) => {
        await status(store, touch(key));
        return status(store, update(key));
      },
    ],
  ])('after %s the rows are equal byte for byte, version and all', async (_name, act) => {
    const { store, failures } = open(STATES[state]);
    const key = newKey();
    expect(await status(store, create(key))).toBe('ok');
    expect(await act(store, key)).not.toBe('gone');
    await expectEqualRows(key);
    expect(failures).toEqual([]);
  });

  it('after a rename both rows are equal in both databases', async () => {
    const { store } = open(STATES[state]);
    const key = newKey();
    const moved = sibling(key);
    await store.apply([create(key)]);
    await store.apply([update(key)]);
    expect(await status(store, rename(key, moved))).toBe('ok');
    await expectEqualRows(key);
    await expectEqualRows(moved);
    expect(await find(store, key)).toBe('absent');
  });

  it.each([
    ['update', (key: StoredKey) => update(key), 'ok', '{"n":1}'],
    ['touch', (key: StoredKey) => touch(key), 'ok', '{"n":0}'],
    ['destroy', (key: StoredKey) => destroy(key), 'ok', 'absent'],
    ['create under a key that is taken', (key: StoredKey) => create(key, false), 'taken', '{"n":0}'],
  ] as const)('%s of a session that only one store has reaches both', async (_name, operation, expected, found) => {
    for (const only of ['old', 'new'] as const) {
      const { store, plain } = open(STATES[state]);
      const key = newKey();
      await plain[only].apply([create(key)]);
      expect(await status(store, operation(key))).toBe(expected);
      expect(await find(store, key)).toBe(found);
      if (expected === 'ok') await expectEqualRows(key);
    }
  });

  it('a session that was destroyed stays so, although the other store still has it', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const key = newKey();
    await store.apply([create(key)]);
    const second = state === 'BOTH_OLD_COUNTS' ? fresh : old;
    second.state = 'down';
    expect(await status(store, destroy(key))).toBe('ok');
    second.state = 'up';
    expect(await status(store, update(key))).toBe('gone');
    expect(await find(store, key)).toBe('absent');
    await expectEqualRows(key);
  });

  it('a failed copy is counted, does not fail the write, and is made up for at the next use', async () => {
    const { store, old, fresh, failures } = open(STATES[state]);
    const [first, second] = state === 'BOTH_OLD_COUNTS' ? [old, fresh] : [fresh, old];
    const key = newKey();
    await store.apply([create(key)]);
    second.state = 'down';
    expect(await status(store, update(key))).toBe('ok');
    expect(failures).toEqual([state === 'BOTH_OLD_COUNTS' ? 'new' : 'old']);
    expect(await find(store, key)).toBe('{"n":1}');
    second.state = 'up';
    first.calls.length = 0;
    expect(await find(store, key)).toBe('{"n":1}');
    await expectEqualRows(key);
  });

  it('repair makes up for all copies that are owed, and says what is left', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const second = state === 'BOTH_OLD_COUNTS' ? fresh : old;
    const keys = [newKey(), newKey(), newKey()];
    second.state = 'down';
    await store.apply(keys.map((key) => create(key)));
    await store.apply([update(keys[0] as StoredKey), destroy(keys[1] as StoredKey)]);
    expect(await store.repair()).toEqual({ repaired: 0, left: 3, dropped: 0 });
    second.state = 'up';
    expect(await store.repair()).toEqual({ repaired: 3, left: 0, dropped: 0 });
    for (const key of keys) await expectEqualRows(key);
  });

  it('the store that counts fails: the write fails, and nothing is copied', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const [first, second] = state === 'BOTH_OLD_COUNTS' ? [old, fresh] : [fresh, old];
    const key = newKey();
    await store.apply([create(key)]);
    first.state = 'down';
    second.calls.length = 0;
    for (const operation of [update(key), touch(key), destroy(key), rename(key, sibling(key)), create(newKey())])
      expect((await store.apply([operation]))[0]).toMatchObject({ status: 'unavailable', outcome: 'none' });
    expect(second.calls.filter((call) => call !== 'load')).toEqual([]);
  });

  it('the store that counts loses its answer: the other one is made equal later', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const first = state === 'BOTH_OLD_COUNTS' ? old : fresh;
    const [kept, destroyed] = [newKey(), newKey()];
    await store.apply([create(kept), create(destroyed)]);
    first.state = 'loses answers';
    expect((await store.apply([update(kept)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    expect((await store.apply([destroy(destroyed)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    first.state = 'up';
    expect(await store.repair()).toEqual({ repaired: 2, left: 0, dropped: 0 });
    await expectEqualRows(kept);
    expect(await find(store, destroyed)).toBe('absent');
    expect((await rowsOf(destroyed)).new).toMatchObject({ data: null });
    expect((await rowsOf(destroyed)).old).toMatchObject({ data: null });
  });

  it('the store that counts loses its answer to a rename: the old key is not left behind in the other one', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const first = state === 'BOTH_OLD_COUNTS' ? old : fresh;
    const key = newKey();
    const moved = sibling(key);
    await store.apply([create(key)]);
    first.state = 'loses answers';
    expect((await store.apply([rename(key, moved)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    first.state = 'up';
    expect(await store.repair()).toEqual({ repaired: 2, left: 0, dropped: 0 });
    expect(await find(store, key)).toBe('absent');
    await expectEqualRows(key);
    await expectEqualRows(moved);
  });

  it('a tombstone that is owed is not given up for an earlier write that has to be looked for', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const [first, second] = state === 'BOTH_OLD_COUNTS' ? [old, fresh] : [fresh, old];
    const key = newKey();
    await store.apply([create(key)]);
    first.state = 'loses answers';
    await store.apply([touch(key)]);
    first.state = 'up';
    second.state = 'down';
    expect(await status(store, destroy(key))).toBe('ok');
    second.state = 'up';
    expect(await store.repair()).toEqual({ repaired: 1, left: 0, dropped: 0 });
    expect(await find(store, key)).toBe('absent');
    await expectEqualRows(key);
  });

  it('a look that is under way does not do for a write that came after it', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const [first, second] = state === 'BOTH_OLD_COUNTS' ? [old, fresh] : [fresh, old];
    const key = newKey();
    await store.apply([create(key)]);
    first.state = 'loses answers';
    await store.apply([touch(key)]);
    first.state = 'up';
    const release = second.hold('copy');
    const repairing = store.repair();
    await second.held();
    second.state = 'down';
    expect(await status(store, update(key))).toBe('ok');
    release();
    await repairing;
    second.state = 'up';
    await store.repair();
    await expectEqualRows(key);
  });

  it('a rename over whatever is there buries what was there last', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const first = state === 'BOTH_OLD_COUNTS' ? old : fresh;
    const key = newKey();
    await store.apply([create(key)]);
    const release = first.hold('load');
    const renaming = status(store, rename(key, sibling(key)));
    await first.held();
    expect(await status(open(STATES[state]).store, update(key))).toBe('ok');
    release();
    expect(await renaming).toBe('ok');
    expect(await find(store, key)).toBe('absent');
    await expectEqualRows(key);
  });

  it('a session that is created while its key is destroyed is in both stores or in none', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const second = state === 'BOTH_OLD_COUNTS' ? fresh : old;
    const key = newKey();
    const release = second.hold('load');
    const destroying = status(store, destroy(key));
    await second.held();
    expect(await status(open(STATES[state]).store, create(key, false))).toBe('ok');
    release();
    expect(await destroying).toBe('ok');
    const rows = await rowsOf(key);
    expect(rows.new).toEqual(rows.old);
  });

  it('a store that cannot be asked is not taken for one that knows nothing', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const key = newKey();
    for (const down of [old, fresh]) {
      down.state = 'down';
      expect(await find(store, key)).toBe('unavailable');
      down.state = 'up';
    }
  });

  it('a touch that is done before a rename has reached the other store does not leave what was there before it', async () => {
    const { store, old, fresh } = open(STATES[state]);
    const first = state === 'BOTH_OLD_COUNTS' ? old : fresh;
    const key = newKey();
    await store.apply([create(key)]);
    let renaming: Promise<unknown> | undefined;
    let release = (): void => undefined;
    const { apply } = first;
    // The rename comes to the store that counts right after the touch, and its answer stays away.
    first.apply = async (operations) => {
      const results = await apply(operations);
      if (operations[0]?.kind === 'touch')
        await new Promise<void>((renamed) => {
          first.apply = async (later) => {
            const answers = await apply(later);
            if (later[0]?.kind !== 'rename') return answers;
            renamed();
            await new Promise<void>((resolve) => (release = resolve));
            return answers;
          };
          renaming = store.apply([rename(key, sibling(key))]);
        });
      return results;
    };
    expect(await status(store, touch(key))).toBe('ok');
    expect(await find(store, key)).toBe('absent');
    release();
    expect(await renaming).toMatchObject([{ status: 'ok' }]);
    expect((await rowsOf(key)).new).toMatchObject({ data: null });
    expect((await rowsOf(key)).old).toMatchObject({ data: null });
  });

  it('a session that only the other store has is not absent after a lost write, as long as nobody could look', async () => {
    const { store, plain, old, fresh } = open(STATES[state]);
    const [first, only] = state === 'BOTH_OLD_COUNTS' ? [old, plain.new] : [fresh, plain.old];
    const key = newKey();
    await only.apply([create(key)]);
    first.state = 'loses answers';
    expect((await store.apply([update(key)]))[0]).toMatchObject({ status: 'unavailable', outcome: 'unknown' });
    first.state = 'up';
    const { load } = first;
    first.load = async (keys) => {
      first.load = load;
      return keys.map(() => ({ status: 'unavailable', cause: 'test' }));
    };
    expect(await find(store, key)).toBe('unavailable');
    expect(await find(store, key)).toBe('{"n":0}');
  });

  it('two writers at once leave the same row in both', async () => {
    const { store } = open(STATES[state]);
    const other = open(STATES[state]).store;
    const key = newKey();
    await store.apply([create(key)]);
    await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 ? store : other).apply([update(key, `{"n":${i}}`)])));
    await expectEqualRows(key);
  });

  it('64 parallel updates of one session lose nothing', async () => {
    const processes = Array.from({ length: 4 }, () => createSessions({ store: open(STATES[state]).store }));
    const [first] = processes as [(typeof processes)[number]];
    const session = first.open();
    await session.update(() => ({ lines: {} }));
    await Promise.all(
      Array.from({ length: 64 }, (_, i) =>
        (processes[i % 4] as typeof first).open(session.sessionKey).update((data) => {
          (data['lines'] as Record<string, number>)[`p${i}`] = 1;
        }),
      ),
    );
    expect(Object.keys((await first.open(session.sessionKey).get('lines')) as object)).toHaveLength(64);
    await expectEqualRows(encodeKey(session.sessionKey as never));
  });
});

describe('a shop that walks through the move', () => {
  it('keeps every session that is used, both ways', async () => {
    const { store, setFlags, plain } = open(OLD);
    const sessions = createSessions({ store });
    const lives: Session[] = [];
    const step = async (name: string): Promise<void> => {
      const fresh = sessions.open();
      await fresh.update(() => ({ [name]: true }));
      lives.push(fresh);
      for (const { sessionKey } of lives)
        await sessions.open(sessionKey).update((data) => ({ ...data, [`${name} again`]: true }));
      const login = sessions.open(lives[0]?.sessionKey);
      await login.login('user');
      lives[0] = login;
    };
    const walk: [string, MoveFlags][] = [
      ['old', OLD],
      ['both', BOTH_OLD_COUNTS],
      ['both, new counts', BOTH_NEW_COUNTS],
      ['new', NEW],
      ['back to both, new counts', BOTH_NEW_COUNTS],
      ['back to both', BOTH_OLD_COUNTS],
      ['back to old', OLD],
    ];
    for (const [name, flags] of walk) {
      setFlags(flags);
      await step(name);
    }
    const names = walk.map(([name]) => name);
    for (const [i, { sessionKey }] of lives.entries()) {
      const data = Object.fromEntries(await sessions.open(sessionKey).entries());
      expect(Object.keys(data)).toEqual([names[i], ...names.slice(i).map((name) => `${name} again`)]);
    }
    const reader = createSessions({ store: plain.old });
    expect(await reader.open(lives[0]?.sessionKey).getUserId()).toBe('user');
  });
});
