import { createThrottle, type Throttle, type ThrottleOptions } from '../../src/worker/throttle.ts';

/** Time passes only in pauses, at once. */
function manualTime(): Required<Pick<ThrottleOptions, 'now' | 'pause'>> {
  let now = 0;
  const waiting: { readonly at: number; readonly go: () => void }[] = [];
  return {
    now: () => now,
    pause: async (ms) => {
      const at = now + ms;
      await new Promise<void>((resolve) => {
        waiting.push({ at, go: resolve });
        // Whoever waits for the earliest moment goes on, once all have said how long they wait.
        setImmediate(() => {
          waiting.sort((a, b) => a.at - b.at);
          const next = waiting.shift();
          if (next === undefined) return;
          now = Math.max(now, next.at);
          next.go();
        });
      });
    },
  };
}

const FULL = { rows: 1_000, bytes: 2 ** 20 };

describe('the throttle', () => {
  let throttle: Throttle | undefined;

  /**
   * Copies for so many batches, a batch at a time, while live statements take what `latency` says. Resolves to the share
   * of the time that was spent in batches.
   */
  const copy = async (latency: (isCopying: boolean) => number, batches: number): Promise<number> => {
    const time = manualTime();
    let isCopying = false;
    throttle = createThrottle({
      ...time,
      fullBatch: FULL,
      probe: async () => {
        const tookMs = latency(isCopying);
        await time.pause(tookMs);
        return tookMs;
      },
    });
    let copyingMs = 0;
    for (let batch = 0; batch < batches; batch++) {
      const { rows } = throttle.nextBatch();
      const tookMs = rows / 10;
      isCopying = true;
      const startedAt = time.now();
      while (time.now() - startedAt < tookMs) await time.pause(5);
      isCopying = false;
      copyingMs += tookMs;
      await throttle.rest({ rows, tookMs });
    }
    throttle.close();
    return copyingMs / time.now();
  };

  it('goes at full speed where live statements do not feel it', async () => {
    await copy(() => 3, 120);
    expect(throttle?.state().speed).toBe(1);
    expect(throttle?.nextBatch()).toEqual(FULL);
  });

  it('goes at full speed where they are slow by themselves', async () => {
    await copy(() => 80, 300);
    expect(throttle?.state().speed).toBe(1);
  });

  it('slows down where copying makes them slow, and never stops', async () => {
    await copy((isCopying) => (isCopying ? 9 : 3), 120);
    expect(throttle?.state()).toMatchObject({ speed: 0.02, slowdown: 3 });
    expect(throttle?.nextBatch().rows).toBeGreaterThanOrEqual(50);
  });

  it('does not mind what nobody notices', async () => {
    await copy((isCopying) => (isCopying ? 0.4 : 0.2), 120);
    expect(throttle?.state().speed).toBe(1);
  });

  it('settles where they are slowed down by no more than half', async () => {
    // The more is copied at once, the slower they get: by half with batches of some 400 rows.
    const slowed = (rows: number): number => 4 * (1 + rows / 800);
    await copy((isCopying) => (isCopying ? slowed(throttle?.nextBatch().rows ?? 0) : 4), 400);
    const { rows } = throttle?.nextBatch() ?? { rows: 0 };
    expect(rows).toBeGreaterThan(150);
    expect(rows).toBeLessThan(500);
  });

  it('spends most of the time resting when it is slowest', async () => {
    const [slow, fast] = [await copy((isCopying) => (isCopying ? 30 : 3), 200), await copy(() => 3, 200)];
    expect(slow).toBeLessThan(0.3);
    expect(fast).toBeGreaterThan(0.7);
  });

  it('keeps to a number of rows a second, whether batches are fast or slow', async () => {
    const time = manualTime();
    throttle = createThrottle({ ...time, fullBatch: FULL, maxRowsPerSecond: 500 });
    let rows = 0;
    for (let batch = 0; batch < 40; batch++) {
      const size = throttle.nextBatch().rows;
      const tookMs = batch % 2 === 0 ? 1 : 200;
      await time.pause(tookMs);
      await throttle.rest({ rows: size, tookMs });
      rows += size;
    }
    expect((rows / time.now()) * 1_000).toBeGreaterThan(450);
    expect((rows / time.now()) * 1_000).toBeLessThanOrEqual(500);
  });

  it('rests no longer once it is told to end', async () => {
    const ended = AbortSignal.abort();
    throttle = createThrottle({ fullBatch: FULL, maxRowsPerSecond: 1 });
    await throttle.rest({ rows: 1_000_000, tookMs: 1 }, ended);
  });
});
