import fc from 'fast-check';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import {
  encodeKey,
  pgExecutor,
  type SessionKey,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import { fencedStore, postgresSite } from '@switchyard/session-backends/fence';
import {
  compareSessions,
  copySessions,
  importCursors,
  importTarget,
  readExpressSession,
  type ImportOptions,
  type ImportTarget,
  type SessionSource,
  type SourceEntry,
} from '@switchyard/session-backends/foreign';
import { assertHolds, PROPERTY_TIMEOUT_MS } from '../../support/check-property.ts';

const KEYS = Array.from({ length: 7 }, (_, n) => `session-of-visitor-${n}`);
const HOUR = 3_600_000;

/** What happens between two steps of an import. `crash`: the step after it is the import's last. */
const event = fc.record({
  kind: fc.constantFrom('save', 'save', 'touch', 'shorten', 'end', 'shop saves', 'shop touches', 'shop ends', 'crash'),
  key: fc.constantFrom(...KEYS),
});
const schedule = fc.array(fc.array(event, { maxLength: 3 }), { minLength: 4, maxLength: 14 });
type Event = { readonly kind: string; readonly key: string };

class Crash extends Error {}

describe('an import while the library and the shop write', () => {
  let databases: TestDatabases;
  let shop: SessionStore;
  beforeAll(async () => {
    databases = await openTestDatabases();
    const executor = pgExecutor(databases.main);
    shop = fencedStore({ sites: [postgresSite({ name: 'old', executor, standalone: true })] });
  });
  afterAll(() => databases.close());

  const stored = (key: string): StoredKey => encodeKey(key as SessionKey);

  /** Runs one schedule; resolves to what came of it. */
  const play = async (steps: readonly (readonly Event[])[], breaking: (target: ImportTarget) => ImportTarget) => {
    await databases.main.query('truncate session, session_lease');
    const source = new Map<string, SourceEntry>();
    const touchedByShop = new Map<string, string | null>();
    const start = Date.now() + 2 * HOUR;
    let n = 0;
    let seconds = 0;

    const save = (key: string, movedMs: number): void => {
      const expiresAt = new Date(start + movedMs);
      source.set(key, { key, text: `{"cookie":{},"n":${++n}}`, expiresAt });
    };
    const happen = async ({ kind, key }: Event): Promise<void> => {
      const there = source.get(key);
      seconds++;
      if (kind === 'save') save(key, seconds * 1_000);
      else if (kind === 'shorten') save(key, -seconds * 1_000);
      else if (kind === 'end') source.delete(key);
      else if (kind === 'touch' && there !== undefined)
        source.set(key, { ...there, expiresAt: new Date(start + seconds * 1_000) });
      else if (kind.startsWith('shop')) await act(kind, key);
    };
    const act = async (kind: string, key: string): Promise<void> => {
      const [found] = await shop.load([stored(key)]);
      if (found?.status !== 'found') return;
      const { data, expiresAt, version } = found.record;
      const later = new Date(expiresAt.getTime() + seconds * 1_000);
      const changed = `{"cookie":{},"shop":${++n}}`;
      const [result] = await shop.apply([
        kind === 'shop ends'
          ? { kind: 'destroy', key: stored(key) }
          : kind === 'shop touches'
            ? { kind: 'touch', key: stored(key), expiresAt: later }
            : {
                kind: 'update',
                key: stored(key),
                data: changed,
                expiresAt: later,
                expectedVersion: version,
                userId: null,
              },
      ]);
      if (result?.status === 'ok')
        touchedByShop.set(key, kind === 'shop ends' ? null : kind === 'shop touches' ? data : changed);
    };

    for (const key of KEYS.slice(0, 5)) save(key, 0);
    const queue = steps.values();
    let isOver = false;
    const step = async (): Promise<void> => {
      if (isOver) return;
      const { value: events = [], done } = queue.next();
      isOver = done === true;
      for (const each of events) {
        if (each.kind === 'crash') throw new Crash();
        await happen(each);
      }
    };

    const sorted = (): SourceEntry[] => [...source.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    const library: SessionSource = {
      count: async () => source.size,
      page: async (from = '', limit) => {
        await step();
        const entries = sorted()
          .filter(({ key }) => key > from)
          .slice(0, limit);
        return { entries, next: entries.length < limit ? undefined : entries.at(-1)?.key };
      },
      find: async (keys) => sorted().filter(({ key }) => keys.includes(key)),
    };
    const executor = pgExecutor(databases.main);
    const real = breaking(importTarget(executor, 'sha256'));
    const target: ImportTarget = {
      assertFree: () => real.assertFree(),
      copy: async (sessions) => {
        await step();
        const written = await real.copy(sessions);
        await step();
        return written;
      },
      compare: (sessions) => real.compare(sessions),
    };
    const options: ImportOptions = { source: library, target, read: readExpressSession(), ttlMs: HOUR, batchSize: 2 };
    while (!isOver)
      try {
        await copySessions(options, importCursors(executor, 'drawn'));
        await compareSessions({ ...options, catchUp: true });
      } catch (error) {
        if (!(error instanceof Crash)) throw error;
      }
    // Nobody writes any more: one import from the beginning.
    await copySessions(options, importCursors(executor, 'drawn'));
    const compared = await compareSessions({ ...options, catchUp: true });
    return { source, touchedByShop, compared };
  };

  const holds = (breaking: (target: ImportTarget) => ImportTarget = (target) => target) =>
    fc.asyncProperty(schedule, async (steps) => {
      const { source, touchedByShop, compared } = await play(steps, breaking);
      expect(compared.findings).toEqual([]);
      for (const key of KEYS) {
        const [found] = await shop.load([stored(key)]);
        const data = found?.status === 'found' ? found.record.data : null;
        const wanted = touchedByShop.get(key);
        if (wanted !== undefined) expect([key, data]).toEqual([key, wanted]);
        else if (source.has(key)) expect([key, data]).toEqual([key, source.get(key)?.text]);
      }
    });

  it(
    'ends with every session of the source, and with what the shop has made of them',
    () => assertHolds(holds(), 40),
    PROPERTY_TIMEOUT_MS,
  );

  it.each([
    [
      'goes over whatever is there',
      (target: ImportTarget): ImportTarget => ({
        ...target,
        copy: async (sessions) => {
          for (const { key, session } of sessions)
            await databases.main.query(
              `insert into session as s (session_key, data, expires_at, version) values ($1, $2, $3, $4)
               on conflict (session_key) do update set data = excluded.data, expires_at = excluded.expires_at, version = s.version + 1`,
              [stored(key), session.data, session.expiresAt, session.version],
            );
          return sessions.length;
        },
      }),
    ],
    [
      'copies only what is missing',
      (target: ImportTarget): ImportTarget => ({
        ...target,
        copy: async (sessions) => {
          const there = await target.compare(sessions);
          return target.copy(sessions.filter((_, i) => there[i] === 'missing'));
        },
      }),
    ],
  ])(
    'would be found out if it %s',
    async (_, breaking) => {
      await expect(assertHolds(holds(breaking), 200)).rejects.toThrow('Property failed');
    },
    PROPERTY_TIMEOUT_MS,
  );
});
