import {
  createSessions,
  memoryStore,
  signedCookieSessions,
  type Session,
  type SessionOperation,
  type Sessions,
  type SessionStore,
} from '@switchyard/session-backends';
import { sessionsContract, type SessionsContractOptions } from '@switchyard/session-backends/testing';

type Memory = ReturnType<typeof memoryStore>;
type Options = Parameters<SessionsContractOptions['open']>[0] & { readonly now: () => number };
/** Sessions of another kind, over the same store. */
type Break = (store: Memory, options: Options) => Sessions;

const overStore =
  (change: (memory: Memory) => Partial<SessionStore>): Break =>
  (memory, options) =>
    createSessions({ store: { ...memory, ...change(memory) }, ...options });

/** Sessions whose calls are replaced. */
const withCalls =
  (calls: (session: Session) => Partial<Session>): Break =>
  (store, options) => {
    const sessions = createSessions({ store, ...options });
    const open = (cookieValue?: unknown): Session => {
      const session = sessions.open(cookieValue);
      const replaced: Partial<Record<PropertyKey, unknown>> = calls(session);
      return new Proxy(session, {
        get: (target, name) => {
          if (Object.hasOwn(replaced, name)) return replaced[name];
          const value: unknown = Reflect.get(target, name, target);
          return typeof value === 'function' ? value.bind(target) : value;
        },
      });
    };
    return { ...sessions, open };
  };

const each =
  (
    act: (memory: Memory, operation: SessionOperation) => SessionOperation,
  ): ((memory: Memory) => Partial<SessionStore>) =>
  (memory) => ({ apply: (operations) => memory.apply(operations.map((operation) => act(memory, operation))) });

const BROKEN: Readonly<Record<string, Break>> = {
  'a save inserts what is gone': overStore(
    each((memory, operation) => {
      const row = memory.site.rows.get(operation.key);
      if (operation.kind === 'update' && row?.data === null)
        memory.site.rows.set(operation.key, { ...row, data: '{}' });
      return operation;
    }),
  ),
  'cycleKey leaves the old key alive': overStore((memory) => ({
    apply: async (operations) => {
      const rows = operations.map(({ key }) => memory.site.rows.get(key));
      const results = await memory.apply(operations);
      operations.forEach(({ kind, key }, i) => {
        if (kind === 'rename' && rows[i]) memory.site.rows.set(key, rows[i]);
      });
      return results;
    },
  })),
  'cycleKey keeps the old key': withCalls((session) => ({ cycleKey: () => session.save() })),
  'login keeps the old key': withCalls((session) => ({
    login: (userId) => (session.sessionKey === undefined ? session.login(userId) : session.update({ userId })),
  })),
  'login of another user keeps the data': withCalls((session) => ({
    login: async (userId, options) => {
      const values = Object.fromEntries(await session.entries());
      await session.login(userId, options);
      await session.update(() => values);
    },
  })),
  'logout only forgets the key': overStore((memory) => ({
    apply: async (operations) =>
      operations[0]?.kind === 'destroy' ? [{ status: 'ok', version: 2 ** 40 + 1 }] : memory.apply(operations),
  })),
  'flush keeps what is set afterwards under the old key': withCalls((session) => ({
    flush: async () => {
      await session.clear();
      await session.save();
    },
  })),
  'an unknown key is taken over': overStore((memory) => ({
    load: async (keys) => {
      for (const key of keys)
        if (!memory.site.rows.has(key))
          await memory.apply([
            { kind: 'create', key, data: '{}', expiresAt: new Date(Date.now() + 1e9), userId: null, fresh: true },
          ]);
      return memory.load(keys);
    },
  })),
  'update(fn) reads, and writes later over whatever is there': overStore(
    each((_memory, operation) =>
      operation.kind === 'update' ? { ...operation, expectedVersion: undefined } : operation,
    ),
  ),
  'update(fn) waits for a save': withCalls((session) => ({
    update: async (change: unknown) => {
      if (typeof change !== 'function') return session.update(change as object);
      const data = Object.fromEntries(await session.entries());
      await session.update((change(data) ?? data) as object);
    },
  })),
  'the last of two changes wins': (store, options) => createSessions({ store, ...options, resolve: 'last' }),
  'its life does not begin anew with a change': overStore(
    each((memory, operation) => {
      const row = memory.site.rows.get(operation.key);
      return operation.kind === 'update' && row !== undefined ? { ...operation, expiresAt: row.expiresAt } : operation;
    }),
  ),
  'touch does nothing': withCalls(() => ({ touch: async () => undefined })),
  'sessions live on': overStore(
    each((_memory, operation) =>
      'expiresAt' in operation ? { ...operation, expiresAt: new Date(operation.expiresAt.getTime() + 1e9) } : operation,
    ),
  ),
  'the user is lost': overStore(
    each((_memory, operation) => ('userId' in operation ? { ...operation, userId: null } : operation)),
  ),
  'an empty object is dropped': (store, options) =>
    createSessions({
      store,
      ...options,
      codec: {
        encode: (values) =>
          JSON.stringify(values, (_name, value: unknown) =>
            `${JSON.stringify(value)}` === '{}' ? undefined : value,
          ) ?? '{}',
        decode: (text) => JSON.parse(text) as Record<string, unknown>,
      },
    }),
  'reading is taken for a change': withCalls((session) => ({
    get: async (name: string, fallback?: unknown) => {
      const value: unknown = await session.get(name, fallback);
      await session.update({});
      return value;
    },
  })),
  'what finds nothing is taken for a change': withCalls((session) => ({
    pop: async (name: string, ...fallback: [unknown?]) => {
      await session.update({});
      return fallback.length === 0 ? session.pop(name) : session.pop(name, fallback[0]);
    },
  })),
  'a session is loaded to tell whether it is empty': withCalls((session) => ({
    isEmpty: async () => (await session.keys()).length === 0,
  })),
};

const open =
  (broken: Break): SessionsContractOptions['open'] =>
  async ({ ttlMs }) => {
    let ahead = 0;
    const options = { ttlMs, now: () => Date.now() + ahead };
    const store = memoryStore(options);
    return {
      sessions: broken(store, options),
      other: broken(store, options),
      pass: async (ms) => void (ahead += ms),
    };
  };

async function failures(options: SessionsContractOptions): Promise<string[]> {
  const failed: string[] = [];
  for (const { name, run } of sessionsContract(options))
    await run().catch((error: unknown) => {
      // Anything but an assertion would be a fault of the broken sessions, not a finding of the contract.
      if ((error as { code?: string }).code !== 'ERR_ASSERTION') throw error;
      failed.push(name);
    });
  return failed;
}

const whole: Break = (store, options) => createSessions({ store, ...options });

describe('the contract of sessions', () => {
  it('is kept by sessions that are not broken', async () => {
    expect(await failures({ open: open(whole), lacks: ['failure'] })).toEqual([]);
  });

  it.each(Object.entries(BROKEN))('rejects sessions where %s', async (_name, broken) => {
    expect(await failures({ open: open(broken), lacks: ['failure'] })).not.toEqual([]);
  });

  it('rejects sessions that cannot reach their store and say that they are empty', async () => {
    let down = false;
    const store = memoryStore();
    const sessions = createSessions({
      store: {
        load: async (keys) => (down ? keys.map(() => ({ status: 'absent' })) : store.load(keys)),
        apply: async (operations) =>
          down
            ? operations.map(() => ({ status: 'unavailable', outcome: 'none', cause: 'test' }))
            : store.apply(operations),
      },
    });
    const failed = await failures({
      open: async () => ({
        sessions,
        pass: async () => undefined,
        fail: async () => void (down = true),
        close: async () => void (down = false),
      }),
    });
    expect(failed).toContain('a failure is an error, never an empty session, and the cookie stays');
  });

  it.each(['versions', 'revocation', 'failure'] as const)('asks for what is said to be lacking: %s', async (what) => {
    const inCookies: SessionsContractOptions['open'] = async (options) => ({
      sessions: signedCookieSessions({ secrets: ['s'.repeat(16)], ...options }),
      pass: async () => undefined,
    });
    const lacks = (['versions', 'revocation', 'failure'] as const).filter((each) => each !== what);
    expect(await failures({ open: inCookies, lacks })).not.toEqual([]);
    if (what !== 'failure') expect(await failures({ open: open(whole), lacks: ['failure', what] })).not.toEqual([]);
  });
});
