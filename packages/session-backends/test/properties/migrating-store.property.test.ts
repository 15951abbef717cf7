import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  migratingStore,
  type ApplyResult,
  type MigratingStore,
  type MoveFlags,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import {
  fencedStore,
  memorySite,
  type MemoryRow,
  type MemorySite,
  type Site,
} from '@switchyard/session-backends/fence';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { assertHolds, findCounterexample, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import { databaseStore } from '../support/contract-stores.ts';
import { drawnFaults, someFaults, type DrawnFault } from '../support/faulty.ts';
import { scheduled } from '../support/scheduled.ts';
import { clientKeys, clientSteps, runClient, type ClientKeys, type ClientStep } from '../support/store-clients.ts';
import { checkHistory, createHistory, type StoreEvent } from '../support/store-history.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const START = Date.UTC(2100, 0, 1);

const OLD: MoveFlags = { migrationFlag: false, newDbRouterFlag: false };
const BOTH_OLD_COUNTS: MoveFlags = { migrationFlag: true, newDbRouterFlag: false };
const BOTH_NEW_COUNTS: MoveFlags = { migrationFlag: true, newDbRouterFlag: true };
const NEW: MoveFlags = { migrationFlag: false, newDbRouterFlag: true };

/** The orders that the flags may change in. */
const PATHS: readonly (readonly MoveFlags[])[] = [
  [OLD, BOTH_OLD_COUNTS, BOTH_NEW_COUNTS, NEW],
  [BOTH_OLD_COUNTS, BOTH_NEW_COUNTS],
  [BOTH_NEW_COUNTS, NEW],
  [OLD, BOTH_OLD_COUNTS, OLD],
  [BOTH_OLD_COUNTS, BOTH_NEW_COUNTS, BOTH_OLD_COUNTS, OLD],
];

type SideName = 'old' | 'new';

/** One of the two places. */
interface Side {
  /** As a process has it. */
  open(label: string, scheduler: fc.Scheduler): SessionStore;
  /** As it is, with nothing in between. */
  readonly plain: SessionStore;
  rows(keys: readonly StoredKey[]): Promise<Map<StoredKey, MemoryRow>>;
}
type Sides = Readonly<Record<SideName, Side>>;

function memorySide(name: SideName, change: (site: MemorySite) => Partial<Site> = () => ({})): Side {
  const fence = name === 'new' ? ({ state: 'idle' } as const) : {};
  const site = memorySite({ name, standalone: true, now: () => START, fence });
  const { fences, load, write, copy } = { ...site, ...change(site) };
  return {
    open: (label, scheduler) =>
      fencedStore({ sites: [{ ...scheduled(scheduler, label + name, { fences, load, write, copy }), name }] }),
    plain: fencedStore({ sites: [site] }),
    rows: async () => new Map(site.rows),
  };
}

/** Opens its own connections for nobody: the orders that are drawn are those of the calls of the stores. */
const databaseSide = (name: SideName, pool: TestDatabases['main']): Side => ({
  open: (label, scheduler) => scheduled(scheduler, label + name, databaseStore(pool, name)),
  plain: databaseStore(pool, name),
  rows: async (keys) => {
    const { rows } = await pool.query(
      `select session_key as key, data, expires_at as "expiresAt", version::float8 as version, user_id as "userId"
       from session where session_key = any($1)`,
      [keys],
    );
    return new Map(rows.map(({ key, ...row }) => [key, row]));
  },
});

/** Every call meets the next fault of the list. */
function faultyStore(store: SessionStore, list: () => DrawnFault[]): SessionStore {
  const cause = new Error('on purpose');
  return {
    load: async (keys) => {
      const fault = list().shift() ?? 'none';
      const results = fault === 'down' ? [] : await store.load(keys);
      return fault === 'none' ? results : keys.map(() => ({ status: 'unavailable', cause }));
    },
    apply: async (operations) => {
      const fault = list().shift() ?? 'none';
      if (fault === 'none') return store.apply(operations);
      if (fault === 'loses the answer') await store.apply(operations);
      const outcome = fault === 'down' ? 'none' : 'unknown';
      return operations.map(() => ({ status: 'unavailable', outcome, cause }));
    },
  };
}

const countsIn = ({ newDbRouterFlag }: MoveFlags): SideName => (newDbRouterFlag ? 'new' : 'old');

interface Plan {
  readonly scheduler: fc.Scheduler;
  readonly path: readonly MoveFlags[];
  /** For each of the path's flags, what the clients do. */
  readonly steps: readonly ClientStep[][][];
  /** What happens to the store that does not count, and to the one that does. */
  readonly mirrorFaults: readonly DrawnFault[];
  readonly primaryFaults: readonly DrawnFault[];
  /** All clients in one process, or each in one of its own. */
  readonly together: boolean;
}

/** What goes wrong around the stores. */
interface Trouble {
  /** Every other process sees a change of the flags when the next one comes. */
  readonly flagsComeLate?: boolean;
  /** Processes end with the phase, whatever they owe. */
  readonly nothingIsRepaired?: boolean;
  /** They change in an order that is none of PATHS. */
  readonly flagsGoAstray?: boolean;
  /** Copies are owed, and made or not, when the flags change. */
  readonly repairsComeLate?: boolean;
  /** Loads count while another process owes a copy. */
  readonly allLoadsCount?: boolean;
}

const noFaults = fc.constant<DrawnFault[]>([]);

const plan = (mirrorFaults = drawnFaults, primaryFaults = noFaults): fc.Arbitrary<Plan> =>
  fc.record({
    scheduler: fc.scheduler(),
    path: fc.constantFrom(...PATHS),
    steps: fc.array(clientSteps(5), { minLength: 4, maxLength: 4 }),
    mirrorFaults,
    primaryFaults,
    together: fc.boolean(),
  });

async function run(given: Plan, sides: Sides, keys: ClientKeys, trouble: Trouble = {}): Promise<void> {
  const { scheduler, path, steps, together } = given;
  const history = createHistory();
  const faults = { mirror: [...given.mirrorFaults], primary: [...given.primaryFaults] };
  let phase = 0;
  let calm = true;
  const flagsAt = (at: number): MoveFlags => path[Math.max(0, at)] as MoveFlags;
  const open = (client: number): MigratingStore => {
    const label = together ? '' : `${client}: `;
    const flags = (): MoveFlags => flagsAt(trouble.flagsComeLate && client % 2 === 1 ? phase - 1 : phase);
    const side = (name: SideName): SessionStore =>
      faultyStore(sides[name].open(label, scheduler), () =>
        calm ? [] : faults[name === countsIn(flags()) ? 'primary' : 'mirror'],
      );
    return migratingStore({ old: side('old'), new: side('new'), flags });
  };
  const openAll = (): MigratingStore[] =>
    Array.from({ length: together ? 1 : Math.max(...steps.map((list) => list.length)) }, (_, client) => open(client));
  let stores = openAll();
  const storeOf = (client: number): MigratingStore => stores[together ? 0 : client] as MigratingStore;
  let writes = 0;
  const nextData = (): string => `{"n":${++writes}}`;
  const expiresAt = (step: number): Date => new Date(START + 1_000_000 + step);

  const [first] = keys.known as [StoredKey];
  const row = { data: nextData(), expiresAt: expiresAt(0), userId: null };
  await history.watch(-1, sides.old.plain).apply([{ kind: 'create', key: first, ...row, fresh: true }]);

  const quiet: StoreEvent[] = [];
  for (; phase < path.length; phase++) {
    const flags = flagsAt(phase);
    if (flags === NEW && phase > 0) await backfill(sides, keys.known);
    calm = false;
    const before = history.events.length;
    await scheduler.waitFor(
      Promise.all(
        (steps[phase] as ClientStep[][]).map((list, client) =>
          runClient(list, { store: history.watch(client, storeOf(client)), keys, nextData, expiresAt }),
        ),
      ),
    );
    calm = !trouble.repairsComeLate || phase === path.length - 1;
    if (trouble.nothingIsRepaired) stores = openAll();
    for (const store of calm ? stores : [])
      expect(await scheduler.waitFor(store.repair())).toMatchObject({ left: 0, dropped: 0 });
    if (flags.migrationFlag && Object.keys(trouble).length === 0)
      await compareSides(sides, countsIn(flags), history.events.slice(before));
    const done = history.events.length;
    // These try what is owed, too.
    for (const [client, store] of calm ? stores.entries() : [])
      await scheduler.waitFor(history.watch(client, store).load(keys.known));
    quiet.push(...history.events.slice(done));
    // A store does not show its tombstones: where there are none yet, a key could be created once more.
    for (const { operation, key } of history.events)
      if (operation?.kind === 'destroy' || operation?.kind === 'rename') keys.retired.add(key);
  }
  const isSound = given.mirrorFaults.length + given.primaryFaults.length === 0;
  const allCount = together || isSound || trouble.allLoadsCount;
  checkHistory(history.events, (event) => allCount || quiet.includes(event));
}

/** What is in both is the same in both, and all that was acknowledged is in both. */
async function compareSides(sides: Sides, primary: SideName, events: readonly StoreEvent[]): Promise<void> {
  const keys = [
    ...new Set(
      events.flatMap(({ key, operation }) => (operation?.kind === 'rename' ? [key, operation.newKey] : [key])),
    ),
  ];
  const [ours, theirs] = await Promise.all([sides.old.rows(keys), sides.new.rows(keys)]);
  for (const [key, row] of theirs) expect({ key, ...shown(ours.get(key)) }).toEqual({ key, ...shown(row) });
  const mirror = primary === 'old' ? theirs : ours;
  for (const { operation, key, result } of events) {
    if (operation === undefined || result.status !== 'ok' || result.version === 0) continue;
    if (operation.kind === 'destroy' || operation.kind === 'rename') expect(mirror.get(key)?.data ?? null).toBeNull();
    if (operation.kind === 'destroy') continue;
    const written = operation.kind === 'rename' ? operation.newKey : key;
    expect(mirror.get(written)?.version ?? 0).toBeGreaterThanOrEqual(result.version);
  }
}

/** Of a tombstone, what its row had is not told: it is as the last one knew it who destroyed it. */
const shown = (row: MemoryRow | undefined): object =>
  row === undefined || row.data !== null ? { ...row } : { data: null, version: row.version };

/** Copies what has not been used since both are written. */
async function backfill({ old, new: fresh }: Sides, keys: readonly StoredKey[]): Promise<void> {
  const found = await old.plain.load(keys);
  const copies = keys.flatMap((key, i) => {
    const result = found[i];
    return result?.status === 'found' ? [{ kind: 'copy' as const, key, ...result.record }] : [];
  });
  for (const result of await fresh.plain.apply(copies)) expect(result.status).toBe('ok');
}

const inMemory = (given: Plan, trouble: Trouble = {}, sides: Partial<Sides> = {}): Promise<void> => {
  let drawn = 0;
  const keys = clientKeys(() => String(++drawn));
  return run(given, { old: memorySide('old'), new: memorySide('new'), ...sides }, keys, trouble);
};

/** A store that answers ok to some operations and does nothing. */
const ignoring = (side: Side, ignored: (operation: SessionOperation) => boolean): Side => ({
  ...side,
  open: (label, scheduler) => {
    const store = side.open(label, scheduler);
    return {
      ...store,
      apply: async (operations) => {
        const rest = operations.filter((operation) => !ignored(operation));
        const results = (rest.length === 0 ? [] : await store.apply(rest)).values();
        return operations.map((operation) =>
          ignored(operation) ? { status: 'ok', version: 0 } : (results.next().value as ApplyResult),
        );
      },
    };
  },
});

const blindCopies = (name: SideName): Side =>
  memorySide(name, (site) => ({
    copy: async (copies) => {
      for (const { key, data, expiresAt, version, userId } of copies)
        site.rows.set(key, { data, expiresAt, version, userId });
      return site.copy(copies);
    },
  }));

describe('two stores behind two flags, with every step of every client in a drawn order', () => {
  it(
    'lose nothing and bring nothing back in memory, whatever the store does that does not count',
    () =>
      assertHolds(
        fc.asyncProperty(plan(), (given) => inMemory(given)),
        250,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'lose nothing and bring nothing back in memory, whatever both stores do',
    () =>
      assertHolds(
        fc.asyncProperty(plan(drawnFaults, drawnFaults), (given) => inMemory(given)),
        250,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'lose nothing and bring nothing back in PostgreSQL',
    async () => {
      const inDatabases = fc.asyncProperty(plan(), (given) => {
        const keys = clientKeys(() => randomBytes(31).toString('hex'));
        const sides = { old: databaseSide('old', databases.main), new: databaseSide('new', databases.sessions) };
        return run(given, sides, keys);
      });
      await assertHolds(inDatabases, 40);
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'lose nothing and bring nothing back when both are written again after the new store alone was',
    () =>
      assertHolds(
        fc.asyncProperty(plan(), (given) =>
          inMemory({ ...given, path: [BOTH_NEW_COUNTS, NEW, BOTH_NEW_COUNTS] }, { flagsGoAstray: true }),
        ),
        150,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'lose nothing and bring nothing back in one process, when copies are owed while the flags change',
    () =>
      assertHolds(
        fc.asyncProperty(plan(someFaults, someFaults), (given) =>
          inMemory({ ...given, together: true }, { repairsComeLate: true }),
        ),
        200,
      ),
    PROPERTY_TIMEOUT_MS,
  );

  it.each<[string, () => Partial<Sides>]>([
    ['a tombstone that is not copied', () => ({ new: ignoring(memorySide('new'), isTombstone) })],
    ['a copy that is made whatever is there', () => ({ new: blindCopies('new'), old: blindCopies('old') })],
    ['a copy that is called made', () => ({ new: ignoring(memorySide('new'), ({ kind }) => kind === 'copy') })],
  ])(
    'are found out by %s',
    async (_name, sides) => {
      const broken = fc.asyncProperty(plan(), (given) => inMemory(given, {}, sides()));
      expect(await findCounterexample(broken, 5000)).toMatch(/: client \d|expect\(/);
    },
    PROPERTY_TIMEOUT_MS,
  );
});

/** What the fenced move is for. */
describe('two flags cannot keep sessions from being lost or brought back', () => {
  const paths = (...list: (readonly MoveFlags[])[]) => fc.constantFrom(...list);

  it.each<[string, Trouble, fc.Arbitrary<readonly MoveFlags[]>]>([
    ['when processes learn of a change at different times', { flagsComeLate: true }, paths(...PATHS)],
    ['when a process ends before it has made a copy that it owes', { nothingIsRepaired: true }, paths(...PATHS)],
    ['while another process owes a copy', { allLoadsCount: true }, paths([BOTH_OLD_COUNTS])],
    [
      'when both are written again after the old store alone was',
      { flagsGoAstray: true },
      paths([BOTH_OLD_COUNTS, OLD, BOTH_OLD_COUNTS]),
    ],
    [
      'when the old store counts again after the new one alone was written',
      { flagsGoAstray: true },
      paths([BOTH_NEW_COUNTS, NEW, BOTH_NEW_COUNTS, BOTH_OLD_COUNTS]),
    ],
  ])(
    '%s',
    async (_name, trouble, path) => {
      const apart = fc.asyncProperty(plan(someFaults), path, (given, drawn) =>
        inMemory({ ...given, path: drawn, together: false }, trouble),
      );
      expect(await findCounterexample(apart, 5000)).toMatch(/: client \d/);
    },
    PROPERTY_TIMEOUT_MS,
  );
});

function isTombstone(operation: SessionOperation): boolean {
  return operation.kind === 'copy' && operation.data === null;
}
