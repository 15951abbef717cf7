import { cachedStore } from '../../src/cache/cached-store.ts';
import { cacheCoherence } from '../../src/cache/cache-coherence.ts';
import { OFF, type CacheEra, type CacheRegister } from '../../src/cache/cache-register.ts';
import type { CoherenceClock } from '../../src/cache/coherence-clock.ts';
import type { judge } from '../../src/cache/coherence-rules.ts';
import { coherentCache } from '../../src/cache/coherent-cache.ts';
import { memoryCache } from '../../src/cache/memory-cache.ts';
import type { SessionCache } from '../../src/cache/session-cache.ts';
import { nextVersion, type Version } from '../../src/fence/rules.ts';
import type { StoredKey } from '../../src/keys.ts';
import type { ApplyResult, LoadResult, SessionOperation, SessionStore } from '../../src/store.ts';
import { simulatedWorld, type SimulatedWorld } from './simulated-world.ts';

export interface SimulatedShopOptions {
  readonly seed: number;
  readonly registers: number;
  readonly rule?: typeof judge;
}

/** What came of a simulated minute. */
export interface SimulatedMinute {
  /** The first read that showed what had been replaced, or what nobody has written. */
  readonly fault: string | undefined;
  readonly hits: number;
  readonly acknowledged: number;
  readonly refused: number;
}

const MINUTE_MS = 60_000;
const FOREVER = new Date(10 * MINUTE_MS);
/** Nothing is newer than a session that was destroyed. */
const DESTROYED = Number.MAX_SAFE_INTEGER;

/** A server, and from which moment on each process reaches it again. */
interface Place {
  readonly awayUntil: Map<Process, number>;
}

interface Run extends Place {
  readonly name: string;
  readonly data: SessionCache;
}

interface Process {
  readonly clock: CoherenceClock;
  readonly store: SessionStore;
  stoppedUntil: number;
  run: Run | undefined;
}

/**
 * Three processes, one Redis and a few registers for a minute, in which everything happens to them that can: cables are
 * cut, processes stopped, answers late or lost, clocks set, Redis replaced by one with older data. Every read is held
 * against what had been acknowledged when it began.
 */
export async function simulateMinute({ seed, registers: count, rule }: SimulatedShopOptions): Promise<SimulatedMinute> {
  const world = simulatedWorld(seed);
  const { random } = world;
  const database = simulatedDatabase();
  const registers = Array.from({ length: count }, () => simulatedRegister(world));
  // The two take turns: each comes back with what it had when it was left.
  const disks = [memoryCache({ now: world.now }), memoryCache({ now: world.now })] as const;
  let runs = 0;
  const startRedis = (): Run => ({
    name: `run-${++runs}`,
    data: disks[runs % 2] as SessionCache,
    awayUntil: new Map(),
  });
  let redis = startRedis();
  let hits = 0;

  const startProcess = (): Process => {
    const rate = random.between(0.97, 1.03);
    const self: Process = {
      clock: clockOf(world, rate, () => self.stoppedUntil),
      stoppedUntil: 0,
      run: redis,
    } as never;
    const call = caller(world, self);
    const coherence = cacheCoherence({
      registers: registers.map((register): CacheRegister => ({
        read: () => call(register, register.read),
        switchOff: (offMs) => call(register, () => register.switchOff(offMs)),
        keepOff: (offMs) => call(register, () => register.keepOff(offMs)),
        switchOn: (server, seen) => call(register, () => register.switchOn(server, seen)),
      })),
      server: () => self.run?.name,
      clock: self.clock,
      offMs: 1_000,
      ...(rule && { rule }),
    });
    const entries = (namespace: string): SessionCache => {
      const send = async <T>(act: (data: SessionCache) => Promise<T>): Promise<T> => {
        const { run } = self;
        if (run === undefined) throw new Error('not connected');
        return call(run, () => act(run.data), 250);
      };
      const named = (key: StoredKey): StoredKey => (namespace + key) as StoredKey;
      return {
        get: async (keys) => {
          const answers = await send((data) => data.get(keys.map(named)));
          hits += answers.filter(({ status }) => status !== 'miss').length;
          return answers;
        },
        fill: (fills) => send((data) => data.fill(fills.map((fill) => ({ ...fill, key: named(fill.key) })))),
        change: (changes) =>
          send((data) => data.change(changes.map((change) => ({ ...change, key: named(change.key) })))),
      };
    };
    const store: SessionStore = {
      load: (keys) => call(database, () => database.load(keys)),
      apply: async (operations) => {
        try {
          const results = await call(database, () => database.apply(operations));
          if (random.chance(0.01)) throw new Error('the answer was lost');
          return results;
        } catch (cause) {
          return operations.map(() => ({ status: 'unavailable', outcome: 'unknown', cause }));
        }
      },
    };
    return Object.assign(self, { store: cachedStore({ store, cache: coherentCache(coherence, entries) }) });
  };
  const processes = [startProcess(), startProcess(), startProcess()];

  const keys: StoredKey[] = [];
  const acknowledged = new Map<StoredKey, Version>();
  const tally = { acknowledged: 0, refused: 0 };
  let fault: string | undefined;

  const read = async ({ store }: Process, key: StoredKey): Promise<void> => {
    const least = acknowledged.get(key) ?? 0;
    const [result] = await store.load([key]).catch((): LoadResult[] => []);
    if (result?.status === 'found') {
      const { version, data } = result.record;
      if (version < least) fault ??= `seed ${seed}: at ${world.now()} ms a read showed ${version}, not ${least}`;
      if (data !== database.written(key, version)) fault ??= `seed ${seed}: ${data} is not what ${version} is`;
    } else if (result?.status === 'absent' && !database.isDestroyed(key)) fault ??= `seed ${seed}: a session is gone`;
  };

  const write = async ({ store }: Process, operation: SessionOperation): Promise<void> => {
    const [result] = await store.apply([operation]);
    if (result?.status !== 'ok') return void tally.refused++;
    tally.acknowledged++;
    const { key } = operation;
    if (operation.kind === 'create') keys.push(key);
    const version = operation.kind === 'destroy' ? DESTROYED : result.version;
    acknowledged.set(key, Math.max(acknowledged.get(key) ?? 0, version));
    // Right away, where whoever has not heard of it is to be found.
    for (const each of processes) if (random.chance(0.3)) void read(each, key);
  };

  const act = (process: Process): void => {
    const key = random.pick(keys.filter((each) => !database.isDestroyed(each)).slice(-3));
    if (key === undefined || random.chance(0.01)) void write(process, create(`key ${world.now()}` as StoredKey));
    else if (random.chance(0.7)) void read(process, key);
    else if (random.chance(0.05)) void write(process, destroy(key));
    else void write(process, random.pick([update, touch])(key, `at ${world.now()}`));
  };

  const mishap = (): void => {
    const process = random.pick(processes);
    const until = world.now() + random.between(100, random.pick([500, 3_000, 10_000]));
    const happens = random.pick([
      () => (process.stoppedUntil = Math.max(process.stoppedUntil, world.now() + random.between(100, 2_500))),
      () => redis.awayUntil.set(process, until),
      () => random.pick(registers).awayUntil.set(process, until),
      () => {
        const down = random.pick(registers);
        for (const each of processes) down.awayUntil.set(each, until);
      },
      () => (random.pick(registers).clockIsAhead += random.between(-6_000, 6_000)),
      () => database.nextEpoch(),
      () => {
        redis = startRedis();
        for (const each of processes) {
          const next = redis;
          // Some are still at the one that was replaced when others are at its successor already.
          const leaves = world.now() + random.between(0, random.pick([50, 3_000]));
          world.at(leaves, () => (each.run = undefined));
          world.at(
            leaves + random.between(0, random.pick([50, 1_500])),
            () => (each.run = next === redis ? next : each.run),
          );
        }
      },
    ]);
    happens();
  };

  const keepOn = (leastMs: number, mostMs: number, happen: () => void): void => {
    world.at(world.now() + random.between(leastMs, mostMs), () => {
      happen();
      if (world.now() < MINUTE_MS) keepOn(leastMs, mostMs, happen);
    });
  };
  for (const process of processes)
    keepOn(10, 150, () => {
      if (process.stoppedUntil <= world.now()) act(process);
    });
  keepOn(500, 5_000, mishap);
  await world.run(MINUTE_MS);
  return { fault, hits, ...tally };
}

const create = (key: StoredKey): SessionOperation => ({
  kind: 'create',
  key,
  data: 'created',
  expiresAt: FOREVER,
  userId: null,
  fresh: true,
});
const update = (key: StoredKey, data: string): SessionOperation => ({
  kind: 'update',
  key,
  data,
  expiresAt: FOREVER,
  userId: null,
  expectedVersion: undefined,
});
const touch = (key: StoredKey): SessionOperation => ({ kind: 'touch', key, expiresAt: FOREVER });
const destroy = (key: StoredKey): SessionOperation => ({ kind: 'destroy', key });

/** A clock of its own pace, which goes on while its process is stopped: what was to happen then happens afterwards. */
function clockOf(world: SimulatedWorld, rate: number, stoppedUntil: () => number): CoherenceClock {
  const now = (): number => world.now() * rate;
  const after = (ms: number, run: () => void): (() => void) => {
    let cancel = (): void => undefined;
    const wake = (): void => {
      if (stoppedUntil() > world.now()) cancel = world.at(stoppedUntil(), wake);
      else run();
    };
    cancel = world.at(world.now() + ms / rate, wake);
    return () => cancel();
  };
  return { now, after, sleep: (ms) => new Promise((resolve) => void after(ms, resolve)) };
}

/** Sends a question and its answer, each of which takes its time, or gets lost. */
function caller(world: SimulatedWorld, process: Process) {
  const { random } = world;
  const delay = (): number => (random.chance(0.03) ? random.between(0, 1_500) : random.between(1, 15));
  return <T>(place: Place, act: () => T | Promise<T>, timeoutMs = 3_000): Promise<T> =>
    new Promise((resolve, reject) => {
      const isAway = (): boolean => (place.awayUntil.get(process) ?? 0) > world.now();
      // Refused at once, or nothing is heard.
      const failsAfter = isAway() && random.chance(0.5) ? 1 : timeoutMs;
      const cancel = process.clock.after(failsAfter, () => reject(new Error('unreachable')));
      world.at(world.now() + delay(), () => {
        if (isAway()) return;
        const answer = act();
        process.clock.after(delay(), () => {
          if (isAway()) return;
          cancel();
          resolve(answer);
        });
      });
    });
}

function simulatedRegister(world: SimulatedWorld) {
  let row: { generation: number; server: string; offUntil: number } | undefined;
  const era = (): CacheEra | undefined =>
    row && { generation: row.generation, server: row.server, offMs: Math.max(0, row.offUntil - time()) };
  const time = (): number => world.now() + register.clockIsAhead;
  const register = {
    awayUntil: new Map<Process, number>(),
    clockIsAhead: 0,
    read: era,
    switchOff: (offMs: number): CacheEra => {
      const until = time() + offMs;
      if (row?.server === OFF) row.offUntil = Math.max(row.offUntil, until);
      else row = { generation: (row?.generation ?? 0) + 1, server: OFF, offUntil: until };
      return era() as CacheEra;
    },
    keepOff: (offMs: number): CacheEra | undefined => {
      if (row?.server !== OFF) return undefined;
      row.offUntil = Math.max(row.offUntil, time() + offMs);
      return era();
    },
    switchOn: (server: string, seen: number): CacheEra => {
      if (row?.generation === seen && (row.server !== OFF || row.offUntil <= time()))
        row = { generation: seen + 1, server, offUntil: time() };
      return era() as CacheEra;
    },
  };
  return register;
}

/** The sessions themselves, always there; what each version of each of them was. */
function simulatedDatabase() {
  const rows = new Map<StoredKey, { readonly version: Version; readonly data: string | undefined }>();
  const history = new Map<string, string | undefined>();
  let epoch = 1;
  let step = 0;

  const apply = (operation: SessionOperation): ApplyResult => {
    const { key, kind } = operation;
    const row = rows.get(key);
    if (kind !== 'create' && row?.data === undefined)
      return kind === 'destroy' ? { status: 'ok', version: 0 } : { status: 'gone' };
    const before = row ?? { version: 0, data: undefined };
    step = kind === 'update' ? (step % 3) + 1 : 1;
    const version = nextVersion(before.version, epoch, step);
    const data = 'data' in operation ? (operation.data ?? undefined) : kind === 'touch' ? before.data : undefined;
    rows.set(key, { version, data });
    history.set(`${key} ${version}`, data);
    return { status: 'ok', version };
  };

  const load = (key: StoredKey): LoadResult => {
    const { version = 0, data } = rows.get(key) ?? {};
    if (data === undefined) return { status: 'absent' };
    return { status: 'found', record: { data, version, expiresAt: FOREVER, userId: null } };
  };

  return {
    awayUntil: new Map<Process, number>(),
    load: (keys: readonly StoredKey[]) => keys.map(load),
    apply: (operations: readonly SessionOperation[]) => operations.map(apply),
    nextEpoch: () => void epoch++,
    written: (key: StoredKey, version: Version) => history.get(`${key} ${version}`),
    isDestroyed: (key: StoredKey) => rows.get(key)?.data === undefined,
  };
}
