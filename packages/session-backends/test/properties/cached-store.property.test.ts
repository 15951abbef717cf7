import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  cachedStore,
  memoryCache,
  redisCache,
  SqlFailure,
  type CacheChange,
  type SessionCache,
  type SessionRecord,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { fencedStore, memorySite, type MemoryRow, type Site } from '@switchyard/session-backends/fence';
import { assertHolds, findCounterexample, PROPERTY_TIMEOUT_MS } from '../support/check-property.ts';
import { drawnFaults, faulty, type DrawnFault } from '../support/faulty.ts';
import { openTestRedis, type TestRedis } from '../support/redis.ts';
import { scheduled } from '../support/scheduled.ts';
import { clientKeys, clientSteps, runClient, type ClientStep } from '../support/store-clients.ts';
import { checkHistory, createHistory, type StoreEvent } from '../support/store-history.ts';

let redis: TestRedis;
beforeAll(async () => {
  redis = await openTestRedis();
});
afterAll(() => redis.close());

const START = Date.UTC(2100, 0, 1);

interface Setup {
  readonly scheduler: fc.Scheduler;
  readonly steps: ClientStep[][];
  /** All clients in one process, or each in one of its own. */
  readonly together: boolean;
  readonly cacheFaults: DrawnFault[];
  readonly siteFaults: DrawnFault[];
  /** How many entries a cache in memory has room for. */
  readonly entries: number;
  readonly openCache: (maxEntries: number) => SessionCache;
  /** Puts something wrong between a client and what it uses. */
  readonly breakCache?: (cache: SessionCache) => SessionCache;
  readonly breakStore?: (store: SessionStore) => SessionStore;
  /** What else is asked of what the clients saw. */
  readonly check?: (events: readonly StoreEvent[]) => void;
}

async function run(given: Setup): Promise<void> {
  const { scheduler, steps, openCache, breakCache = (cache) => cache, breakStore = (store) => store } = given;
  const cache = openCache(given.entries);
  const [cacheFaults, siteFaults] = [[...given.cacheFaults], [...given.siteFaults]];
  const site = memorySite({ name: 'old', now: () => START });
  const history = createHistory();
  const written = new Map<string, unknown>();
  const logged: Site['write'] = async (list) => {
    const results = await site.write(list);
    for (const [key, row] of site.rows) written.set(`${key} ${row.version}`, row);
    return results;
  };
  let drawn = 0;
  const keys = clientKeys(() => String(++drawn));
  const open = (process: number): SessionStore => {
    const { name, fences, load, copy } = site;
    const calls = { fences, load, write: logged, copy };
    const faultySite = faulty(calls, siteFaults, (outcome) => new SqlFailure(outcome, new Error('on purpose')));
    const mySite: Site = { ...scheduled(scheduler, `${process}: site`, faultySite), name };
    const faultyCache = faulty(cache, cacheFaults, () => new Error('on purpose'));
    const myCache = breakCache(scheduled(scheduler, `${process}: cache`, faultyCache));
    return cachedStore({ store: breakStore(fencedStore({ sites: [mySite] })), cache: myCache });
  };
  const [shared, ...others] = steps.map((_, client) => open(client)) as [SessionStore, ...SessionStore[]];
  const clients = [shared, ...others.map((store) => (given.together ? shared : store))].map((store, client) =>
    history.watch(client, store),
  );
  let writes = 0;
  const nextData = (): string => `{"n":${++writes}}`;
  const expiresAt = (step: number): Date => new Date(START + 1_000_000 + step);
  const [first] = keys.known as [StoredKey];
  await history
    .watch(-1, fencedStore({ sites: [{ ...site, write: logged }] }))
    .apply([{ kind: 'create', key: first, data: nextData(), expiresAt: expiresAt(0), userId: null, fresh: true }]);
  await scheduler.waitFor(
    Promise.all(
      clients.map((store, client) => runClient(steps[client] as ClientStep[], { store, keys, nextData, expiresAt })),
    ),
  );
  await scheduler.waitIdle();

  const met = given.cacheFaults.slice(0, given.cacheFaults.length - cacheFaults.length);
  cacheFaults.length = siteFaults.length = 0;
  for (const client of clients) {
    const results = await scheduler.waitFor(client.load(keys.known));
    // A cache that has failed may still show what was there before a write that was not acknowledged.
    if (met.every((fault) => fault === 'none'))
      expect(results).toEqual(keys.known.map((key) => toResult(site.rows.get(key))));
  }
  checkHistory(history.events);
  given.check?.(history.events);
  for (const event of history.events) {
    const record = recordOf(event);
    if (record !== undefined) expect(record).toEqual(written.get(`${event.key} ${record.version}`));
  }
}

const recordOf = ({ result }: StoreEvent): SessionRecord | undefined => {
  if (result.status === 'conflict') return result.current;
  return result.status === 'found' ? result.record : undefined;
};

/** Not promised: what one reader was shown, whoever asks afterwards is shown, too, or something newer. */
function checkReaders(events: readonly StoreEvent[]): void {
  const reads = events.flatMap((event) =>
    event.result.status === 'found' ? [{ ...event, ...event.result.record }] : [],
  );
  for (const later of reads)
    for (const earlier of reads)
      if (earlier.key === later.key && earlier.end < later.start && earlier.version > later.version)
        throw new Error('a later reader was shown what was there before');
}

const toResult = (row: MemoryRow | undefined): unknown =>
  row === undefined || row.data === null ? { status: 'absent' } : { status: 'found', record: row };

const setup = fc.record({
  scheduler: fc.scheduler(),
  steps: clientSteps(6),
  together: fc.boolean(),
  cacheFaults: drawnFaults,
  siteFaults: drawnFaults,
  entries: fc.constantFrom(1, 2, 10, 10),
});

/** Says for each change what becomes of it. */
const changing =
  (map: (change: CacheChange) => CacheChange[]) =>
  (cache: SessionCache): SessionCache => ({ ...cache, change: (changes) => cache.change(changes.flatMap(map)) });

/** Each breaks one rule, and the promise that goes with it. */
const BROKEN: Readonly<Record<string, Pick<Setup, 'breakCache' | 'breakStore'>>> = {
  'a fill without its token': {
    breakCache: (cache) => ({
      ...cache,
      fill: (fills) => cache.change(fills.map(({ key, record }) => ({ kind: 'insert', key, record }))),
    }),
  },
  'a set that does not compare versions': {
    breakCache: changing((change) =>
      change.kind === 'set'
        ? [
            { kind: 'drop', key: change.key },
            { ...change, kind: 'insert' },
          ]
        : [change],
    ),
  },
  'an insert where others know the key': {
    breakCache: changing((change) => (change.kind === 'set' ? [{ ...change, kind: 'insert' }] : [change])),
  },
  'a touch of whatever is there': {
    breakCache: (cache) => ({
      ...cache,
      change: async (changes) => {
        for (const change of changes) {
          const [answer] = await cache.get([change.key]);
          if (change.kind !== 'touch' || answer?.status !== 'hit') await cache.change([change]);
          else await cache.change([{ kind: 'set', key: change.key, record: { ...answer.record, ...change } }]);
        }
      },
    }),
  },
  'a destroy that the cache is not told of': {
    breakCache: changing((change) => (change.kind === 'destroy' ? [] : [change])),
  },
  'a lost answer that the cache is not told of': {
    breakCache: changing((change) => (change.kind === 'hold' ? [] : [change])),
  },
  'a write that is acknowledged although the cache failed': {
    breakCache: (cache) => ({ ...cache, change: (changes) => cache.change(changes).catch(() => undefined) }),
  },
  'an update that inserts': {
    breakStore: (store) => ({
      ...store,
      apply: async (operations) => {
        const results = await store.apply(operations);
        return results.map((result) => (result.status === 'gone' ? { status: 'ok', version: Date.now() } : result));
      },
    }),
  },
};

describe('a store behind a cache, with every step of every client in a drawn order', () => {
  const inMemory = (broken: Partial<Setup> = {}) =>
    fc.asyncProperty(setup, (given) =>
      run({ ...given, ...broken, openCache: (maxEntries) => memoryCache({ maxEntries, now: () => START }) }),
    );

  it(
    'keeps its promises with a cache in memory, which forgets and fails',
    () => assertHolds(inMemory(), 500),
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'keeps its promises with a cache in Redis, which fails',
    async () => {
      const openCache = (): SessionCache => {
        const prefix = `${redis.prefix}${randomBytes(6).toString('hex')}:`;
        return redisCache({ redis: redis.redis, prefix, now: () => START });
      };
      const inRedis = fc.asyncProperty(setup, (given) => run({ ...given, openCache }));
      await assertHolds(inRedis, 60);
    },
    PROPERTY_TIMEOUT_MS,
  );

  it.each(Object.entries(BROKEN))(
    'is found to break them by %s',
    async (_name, broken) => {
      expect(await findCounterexample(inMemory(broken), 5000)).toMatch(/: client \d|deep equality/);
    },
    PROPERTY_TIMEOUT_MS,
  );

  it(
    'may show a write to one reader, and not to the next, until it is acknowledged',
    async () => {
      const [write, read] = (['update', 'load'] as const).map((kind) => ({ kind, key: 0, blind: true })) as [
        ClientStep,
        ClientStep,
      ];
      const steps = [[write], [read, read], [read, read]];
      const given = { check: checkReaders, steps, together: false, entries: 10, cacheFaults: [], siteFaults: [] };
      expect(await findCounterexample(inMemory(given), 5000)).toBe('a later reader was shown what was there before');
    },
    PROPERTY_TIMEOUT_MS,
  );
});
