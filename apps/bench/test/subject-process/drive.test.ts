import { nthKey, type Basket } from '../../src/basket.ts';
import { createDriver } from '../../src/subject-process/drive.ts';

/** Keeps in memory what was saved, and who is at it. */
function openRecorder() {
  const saved = new Map<string, number>();
  const loaded = new Set<string>();
  const busy = new Set<string>();
  let collisions = 0;
  let most = 0;
  const during = async <T>(key: string, work: () => T): Promise<T> => {
    if (busy.has(key)) collisions++;
    busy.add(key);
    most = Math.max(most, busy.size);
    await new Promise(setImmediate);
    busy.delete(key);
    return work();
  };
  return {
    saved,
    loaded,
    seen: () => ({ collisions, most }),
    subject: {
      load: (key: string) =>
        during(key, () => {
          if (!saved.has(key)) throw new Error('there is no such session');
          loaded.add(key);
          return {};
        }),
      save: (key: string, { revision }: Basket) => during(key, () => void saved.set(key, revision)),
      close: async () => undefined,
    },
  };
}

describe('the driver', () => {
  it('saves and loads each session to begin with', async () => {
    const { subject, saved, loaded } = openRecorder();
    await createDriver(subject, { sessions: 100, bytes: 876 }).fill();
    const all = Array.from({ length: 100 }, (_, n) => nthKey(n)).sort();
    expect([...saved.keys()].sort()).toEqual(all);
    expect([...loaded].sort()).toEqual(all);
  });

  it('lets as many ask at a time as it is told, never two for one session', async () => {
    const { subject, saved, seen } = openRecorder();
    const driver = createDriver(subject, { sessions: 128, bytes: 876 });
    await driver.fill();
    saved.clear();
    const { opsPerSecond, p50Ms, p99Ms, cpuMicros } = await driver.measure({
      operation: 'save',
      callers: 64,
      seconds: 0.2,
    });
    expect(seen()).toEqual({ collisions: 0, most: 64 });
    // Each at least once, of its own share.
    expect(saved.size).toBeGreaterThanOrEqual(64);
    for (const figure of [opsPerSecond, p50Ms, p99Ms, cpuMicros]) expect(figure).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
  });

  it('chooses all over a table that is there already', async () => {
    const { subject, saved } = openRecorder();
    const keys = [0, 10, 20].map(nthKey);
    for (const key of keys) saved.set(key, 1);
    const driver = createDriver(subject, { sessions: 3, bytes: 876, stride: 10 });
    await driver.measure({ operation: 'load', callers: 1, seconds: 0.05 });
  });
});
