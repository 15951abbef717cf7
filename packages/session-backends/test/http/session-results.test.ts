import { createSessions, memoryStore, type Session } from '@switchyard/session-backends';
import { FaultyStore } from '@switchyard/session-backends/testing';
import { ADAPTERS, type Act } from '../support/http-adapters.ts';

const UNKNOWN = 'a'.repeat(32);

/** A shop with one session, and what can happen to it. */
async function open() {
  const memory = memoryStore();
  const store = new FaultyStore(memory);
  const sessions = createSessions({ store, maxBytes: 200 });
  const session = sessions.open();
  await session.update(() => ({ a: 1 }));
  const key = session.sessionKey as string;
  const rows = (): unknown[] => [...memory.site.rows.values()];
  return {
    sessions,
    store,
    key,
    rows,
    logOutElsewhere: () => createSessions({ store: memory }).open(key).logout(),
    changeElsewhere: () =>
      createSessions({ store: memory })
        .open(key)
        .update(() => ({ a: 2 })),
    spoil: () => {
      for (const [stored, row] of memory.site.rows) memory.site.rows.set(stored, { ...row, data: '{"a":' });
    },
  };
}
type World = Awaited<ReturnType<typeof open>>;

type Fate = 'kept' | 'removed' | 'set';
interface Case {
  readonly prepare?: (world: World) => unknown;
  readonly act: (world: World) => Act;
  readonly cookie?: string;
  readonly status: number;
  readonly fate: Fate;
  readonly retryAfter?: string;
  /** Default is that no row has changed. */
  readonly rowsChange?: true;
}

const read: Act = async (session) => void (await session.get('a'));
const set: Act = async (session) => session.set('a', 9);
const change: Act = async (session) => session.update((data) => void (data['a'] = 9));
const thenSet =
  (meanwhile: (world: World) => unknown) =>
  (world: World): Act =>
  async (session) => {
    await session.get('a');
    await meanwhile(world);
    await session.set('a', 9);
  };
const breakWith =
  (fault: FaultyStore['fault']) =>
  ({ store }: World): void =>
    void (store.fault = fault);

const CASES: Readonly<Record<string, Case>> = {
  'found and read': { act: () => read, status: 200, fate: 'kept' },
  'found and changed': { act: () => set, status: 200, fate: 'set', rowsChange: true },
  'absent and read': { cookie: UNKNOWN, act: () => read, status: 200, fate: 'removed' },
  'absent and not touched': { cookie: UNKNOWN, act: () => async () => undefined, status: 200, fate: 'kept' },
  'malformed and not touched': { cookie: '<b>', act: () => async () => undefined, status: 200, fate: 'removed' },
  'absent and changed': { cookie: UNKNOWN, act: () => set, status: 200, fate: 'set', rowsChange: true },
  'absent, cleared and changed': {
    cookie: UNKNOWN,
    act: () => async (session) => {
      await session.clear();
      await session.set('a', 9);
    },
    status: 200,
    fate: 'set',
    rowsChange: true,
  },
  'gone at the save': {
    act: thenSet((world) => world.logOutElsewhere()),
    status: 400,
    fate: 'kept',
    rowsChange: true,
  },
  'gone in update(fn)': {
    act: (world) => async (session) => {
      await session.get('a');
      await world.logOutElsewhere();
      await change(session);
    },
    status: 400,
    fate: 'kept',
    rowsChange: true,
  },
  'undecodable and read': { prepare: (world) => world.spoil(), act: () => read, status: 500, fate: 'kept' },
  'undecodable and replaced': {
    prepare: (world) => world.spoil(),
    act: () => async (session) => {
      await session.clear();
      await session.set('a', 1);
    },
    status: 500,
    fate: 'kept',
  },
  'unavailable and read': { prepare: breakWith('down'), act: () => read, status: 503, fate: 'kept', retryAfter: '2' },
  'unavailable at the save': { act: thenSet(breakWith('down')), status: 503, fate: 'kept', retryAfter: '2' },
  'unavailable in update(fn)': {
    prepare: breakWith('down'),
    act: () => change,
    status: 503,
    fate: 'kept',
    retryAfter: '2',
  },
  'of unknown outcome at the save': {
    act: thenSet(breakWith('loses answers')),
    status: 503,
    fate: 'kept',
    retryAfter: '2',
    rowsChange: true,
  },
  'in conflict at the save': {
    act: thenSet((world) => world.changeElsewhere()),
    status: 409,
    fate: 'kept',
    rowsChange: true,
  },
  'too large at the save': { act: () => async (s) => s.set('a', 'x'.repeat(200)), status: 500, fate: 'kept' },
  'changed, with an error for an answer': {
    act: () => async (session) => {
      await set(session);
      return 500;
    },
    status: 500,
    fate: 'kept',
  },
  'logged in, with an error for an answer': {
    act: () => async (session) => {
      await session.login('u');
      return 500;
    },
    status: 500,
    fate: 'set',
    rowsChange: true,
  },
  'logged in and changed, with an error for an answer': {
    act: () => async (session) => {
      await session.login('u');
      await session.set('a', 9);
      return 500;
    },
    status: 500,
    fate: 'set',
    rowsChange: true,
  },
  'logged in, and unavailable at the save': {
    act: (world) => async (session) => {
      await session.login('u');
      await session.set('a', 9);
      world.store.fault = 'down';
    },
    status: 503,
    fate: 'set',
    retryAfter: '2',
    rowsChange: true,
  },
  'logged out': { act: () => (session: Session) => session.logout(), status: 200, fate: 'removed', rowsChange: true },
  'logged out, with an error for an answer': {
    act: () => async (session) => {
      await session.logout();
      return 500;
    },
    status: 500,
    fate: 'removed',
    rowsChange: true,
  },
};

const fateOf = (setCookies: readonly string[], cookie: string): Fate => {
  if (setCookies.length === 0) return 'kept';
  expect(setCookies).toHaveLength(1);
  const value = /^sessionid=([^;]*)/.exec(setCookies[0] as string)?.[1];
  if (value === '') return 'removed';
  expect(value).toMatch(/^[a-z0-9]{32}$/);
  return value === cookie && setCookies[0]?.includes('Max-Age=0') ? 'removed' : 'set';
};

describe.each(Object.entries(ADAPTERS))('through %s, a session', (_name, adapter) => {
  it.each(Object.entries(CASES))('that is %s', async (_case, { prepare, act, cookie, ...expected }) => {
    const world = await open();
    await prepare?.(world);
    const before = world.rows();
    const value = cookie ?? world.key;
    const answer = await adapter(world.sessions, act(world))(`sessionid=${value}`);
    expect({
      status: answer.status,
      retryAfter: answer.header('Retry-After') ?? undefined,
      fate: fateOf(answer.setCookies, value),
    }).toEqual({ status: expected.status, retryAfter: expected.retryAfter, fate: expected.fate });
    expect(answer.text === 'done').toBe(answer.status === 200 || /error for an answer/.test(_case));
    if (expected.rowsChange !== true) expect(world.rows()).toEqual(before);
    if (answer.status >= 400) expect(answer.header('Cache-Control')).toMatch(/private|no-store/);
    expect(answer.text).not.toContain(world.key);
  });
});
