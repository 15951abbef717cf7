import fc from 'fast-check';
import {
  encodeKey,
  jsonCodec,
  type Session,
  type SessionKey,
  type SessionStore,
  type Sessions,
} from '@switchyard/session-backends';
import {
  ageOf,
  dateOf,
  isLive,
  modelSession,
  newModelSession,
  type ModelSession,
  type ModelWorld,
  type Values,
} from './session-model.ts';

/** What the model is compared with. */
export interface RealSessions {
  readonly sessions: Sessions;
  readonly store: SessionStore;
  /** One for each request that is under way. */
  readonly open: Session[];
  /** The real key of each of the model's. */
  readonly keys: SessionKey[];
  /** As seen last. */
  readonly versions: Map<number, { readonly model: number; readonly real: number }>;
  pass(ms: number): void;
}

export type SessionCommand = fc.AsyncCommand<ModelWorld, RealSessions>;

type Model = ReturnType<typeof modelSession>;

/** As many requests are under way at once. */
export const REQUESTS = 2;

/** Where the clocks begin. */
export const START = Date.UTC(2030, 0, 1);

const outcomeOf = async (act: () => unknown): Promise<unknown> => {
  try {
    return { value: (await act()) ?? 'nothing' };
  } catch (error) {
    return { error: error instanceof Error && 'code' in error ? String(error.code) : String(error) };
  }
};

/** What can be seen of the sessions and of the store, without touching any of them. */
export async function compareSessions(world: ModelWorld, real: RealSessions): Promise<void> {
  world.sessions.forEach((expected, index) => {
    const session = real.open[index] as Session;
    const { key, accessed, modified, unsaved } = expected;
    if (key !== undefined && real.keys[key] === undefined) {
      expect(real.keys).not.toContain(session.sessionKey);
      real.keys[key] = session.sessionKey as SessionKey;
    }
    expect({
      key: session.sessionKey === undefined ? undefined : real.keys.indexOf(session.sessionKey),
      accessed: session.accessed,
      modified: session.modified,
      unsaved: session.unsaved,
      empty: session.empty,
    }).toEqual({ key, accessed, modified, unsaved, empty: modelSession(world, expected).isEmpty() });
    const meta = expected.document?.meta ?? {};
    expect(session.cookieExpiry).toEqual(
      meta.expiry === 0
        ? { maxAge: undefined, expires: undefined }
        : { maxAge: ageOf(meta, world), expires: new Date(dateOf(meta, world)) },
    );
  });
  await compareStores(world, real);
}

/** A session that was destroyed or renamed is not found again, and every other one is as it was last written. */
async function compareStores(world: ModelWorld, { store, keys, versions }: RealSessions): Promise<void> {
  const loaded = await store.load(keys.map((key) => encodeKey(key)));
  loaded.forEach((result, key) => {
    const row = world.rows.get(key);
    if (!isLive(world, row)) return expect(result).toEqual({ status: 'absent' });
    if (result.status !== 'found') throw new Error(`session ${key} is ${result.status}`);
    const { data, expiresAt, userId, version } = result.record;
    const { _session: meta = {}, ...values } = jsonCodec.decode(data);
    expect({ values, meta, expiresAt, userId }).toEqual({
      ...row.document,
      expiresAt: new Date(row.expiresAt),
      userId: row.userId,
    });
    const before = versions.get(key);
    if (before?.model === row.version) expect(version).toBe(before.real);
    else expect(version).toBeGreaterThan(before?.real ?? 0);
    versions.set(key, { model: row.version, real: version });
  });
}

const request = fc.nat({ max: REQUESTS - 1 });
const nothing = fc.constant(undefined);
const name = fc.constantFrom('a', 'b', 'basket');
const number = fc.nat({ max: 2 });
const value = fc.oneof(
  number,
  fc.dictionary(fc.constantFrom('x', 'y'), fc.oneof(number, fc.dictionary(fc.constantFrom('p', 'q'), number))),
  fc.array(number, { maxLength: 2 }),
);
const values = fc.dictionary(name, value, { maxKeys: 2 });
const named = fc.tuple(name, value);
const expiry = (ttlMs: number): fc.Arbitrary<number | Date | undefined> =>
  fc.oneof(
    nothing,
    fc.constantFrom(0, -1, ttlMs / 2000),
    fc.constantFrom(-500, ttlMs / 2, ttlMs * 3).map((ms) => new Date(START + ms)),
  );
const login = fc.record(
  { userId: fc.constantFrom('ada', 'bob'), authHash: fc.constantFrom('hash 1', 'hash 2') },
  { requiredKeys: ['userId'] },
);

/** Functions for update(fn), as data. */
const change = fc.oneof(
  fc.record({ line: fc.constantFrom('x', 'y', 'z') }),
  fc.record({ replaceBy: values }),
  fc.constantFrom('count' as const, 'count, then fail' as const),
);

const functionOf =
  (given: typeof change extends fc.Arbitrary<infer T> ? T : never) =>
  (data: Values): Values | void => {
    if (typeof given === 'string') {
      data['n'] = Number(data['n'] ?? 0) + 1;
      if (given !== 'count') throw new Error('on purpose');
    } else if ('replaceBy' in given) return given.replaceBy;
    else if (typeof data['basket'] !== 'object' || Array.isArray(data['basket'])) data['basket'] = { [given.line]: 1 };
    else (data['basket'] as Values)[given.line] = 1;
  };

/** Something that a request does: the real thing and the model come to the same. */
const step = <A>(
  label: string,
  argument: fc.Arbitrary<A>,
  act: { real(session: Session, argument: A): Promise<unknown>; model(session: Model, argument: A): unknown },
  check: (session: ModelSession) => boolean = () => true,
): fc.Arbitrary<SessionCommand> =>
  fc.tuple(request, argument).map(([index, given]) => ({
    check: ({ sessions }) => check(sessions[index] as ModelSession),
    run: async (world, real) => {
      const model = modelSession(world, world.sessions[index] as ModelSession);
      const expected = await outcomeOf(() => act.model(model, given));
      expect(await outcomeOf(() => act.real(real.open[index] as Session, given))).toEqual(expected);
      await compareSessions(world, real);
    },
    toString: () => `request ${index}: ${label}${given === undefined ? '' : ` ${JSON.stringify(given)}`}`,
  }));

/** The next request in this place: with a key that was used before, dead or alive, or with none, or with nonsense. */
const open: fc.Arbitrary<SessionCommand> = fc
  .tuple(request, fc.oneof({ weight: 4, arbitrary: fc.constantFrom(0, 0, 1, 2) }, fc.constantFrom(undefined, 'none')))
  .map(([index, which]) => ({
    check: () => true,
    run: async (world, real) => {
      const key = typeof which === 'number' && which < world.keys ? world.keys - 1 - which : undefined;
      world.sessions[index] = newModelSession(key);
      real.open[index] = real.sessions.open(key === undefined ? which : real.keys[key]);
      await compareSessions(world, real);
    },
    toString: () => `request ${index}: opens ${which === undefined ? 'nothing' : `key -${which}`}`,
  }));

const pass = (ttlMs: number): fc.Arbitrary<SessionCommand> =>
  fc.constantFrom(ttlMs / 20, ttlMs / 8, ttlMs / 4, ttlMs).map((ms) => ({
    check: () => true,
    run: async (world, real) => {
      real.pass(ms);
      await compareSessions(world, real);
    },
    toString: () => `${ms} ms pass`,
  }));

/** What requests can do; each line is as likely as the others. */
export const sessionCommands = (ttlMs: number): fc.Arbitrary<SessionCommand>[] => [
  fc.oneof(
    step('get', name, { real: (s, n) => s.get(n), model: (m, n) => m.get(n) }),
    step('has', name, { real: (s, n) => s.has(n), model: (m, n) => m.has(n) }),
    step('keys', nothing, { real: async (s) => (await s.keys()).sort(), model: (m) => m.keys().sort() }),
    step('getUserId', nothing, { real: (s) => s.getUserId(), model: (m) => m.getUserId() }),
    step('getExpiryAge', nothing, { real: (s) => s.getExpiryAge(), model: (m) => m.getExpiryAge() }),
  ),
  fc.oneof(
    step('set', named, { real: (s, [n, v]) => s.set(n, v), model: (m, [n, v]) => m.set(n, v) }),
    step('update', values, { real: (s, v) => s.update(v), model: (m, v) => m.update(v) }),
    step('setDefault', named, { real: (s, [n, v]) => s.setDefault(n, v), model: (m, [n, v]) => m.setDefault(n, v) }),
  ),
  fc.oneof(
    step('delete', name, { real: (s, n) => s.delete(n), model: (m, n) => m.delete(n) }),
    step('pop', name, { real: (s, n) => s.pop(n), model: (m, n) => m.pop(n) }),
    step('pop, or else 7:', name, { real: (s, n) => s.pop(n, 7), model: (m, n) => m.pop(n, 7) }),
    step('clear', nothing, { real: (s) => s.clear(), model: (m) => m.clear() }),
    step('setExpiry', expiry(ttlMs), { real: (s, e) => s.setExpiry(e), model: (m, e) => m.setExpiry(e) }),
  ),
  step('save', nothing, { real: (s) => s.save(), model: (m) => m.save() }),
  step('update by', change, { real: (s, c) => s.update(functionOf(c)), model: (m, c) => m.update(functionOf(c)) }),
  step('touch', nothing, { real: (s) => s.touch(), model: (m) => m.touch() }, ({ unsaved }) => !unsaved),
  fc.oneof(
    step('create', nothing, { real: (s) => s.create(), model: (m) => m.create() }),
    step('cycleKey', nothing, { real: (s) => s.cycleKey(), model: (m) => m.cycleKey() }),
    step('login', login, { real: (s, l) => s.login(l.userId, l), model: (m, l) => m.login(l.userId, l.authHash) }),
    step('logout', nothing, { real: (s) => s.logout(), model: (m) => m.flush() }),
  ),
  open,
  pass(ttlMs),
];
