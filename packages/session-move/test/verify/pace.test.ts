import { createPace, type Progress } from '../../src/verify/pace.ts';

describe('the pace of a long job', () => {
  let now = 0;
  let pauses: number[] = [];
  let seen: Progress[] = [];
  beforeEach(() => {
    now = 0;
    pauses = [];
    seen = [];
  });
  const options = {
    totalRows: 1_000,
    now: () => now,
    pause: async (ms: number) => {
      pauses.push(ms);
      now += ms;
    },
    onProgress: (progress: Progress) => void seen.push(progress),
  };

  it('tells how far it is and how long it will take', async () => {
    const pace = createPace(options);
    now = 100;
    await pace.after(200);
    now = 300;
    await pace.after(200);
    expect(seen).toEqual([
      { rows: 200, totalRows: 1_000, rowsPerSecond: 2_000, leftMs: 400 },
      { rows: 400, totalRows: 1_000, rowsPerSecond: 1_333, leftMs: 450 },
    ]);
    expect(pauses).toEqual([]);
  });

  it('does not pretend to know when there are more rows than estimated', async () => {
    const pace = createPace(options);
    now = 100;
    await pace.after(1_001);
    expect(seen[0]?.leftMs).toBeUndefined();
  });

  it('waits for as long as the rows come too soon', async () => {
    const pace = createPace({ ...options, maxRowsPerSecond: 1_000 });
    now = 50;
    await pace.after(100);
    now += 300;
    await pace.after(100);
    await pace.after(300);
    expect(pauses).toEqual([50, 100]);
    expect(seen.at(-1)?.rowsPerSecond).toBe(1_000);
  });

  it('ends with the reason of its signal, without a pause', async () => {
    const abort = new AbortController();
    const pace = createPace({ ...options, maxRowsPerSecond: 1, signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(pace.after(100)).rejects.toThrow('enough');
    expect(pauses).toEqual([]);
  });

  it('does not sit out a pause once its signal is aborted', async () => {
    const abort = new AbortController();
    const pace = createPace({ totalRows: 1, maxRowsPerSecond: 0.001, signal: abort.signal });
    const waiting = pace.after(1);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
