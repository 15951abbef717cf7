import path from 'node:path';
import { bucketGrid } from '../../src/ops/present/bucket-grid.ts';
import { headline } from '../../src/ops/present/headline.ts';
import { sayOptions } from '../../src/ops/present/option-fields.ts';
import { moveSteps } from '../../src/ops/present/move-steps.ts';
import { movePicture } from '../../src/ops/present/move-picture.ts';
import { createOpsTemplates } from '../../src/ops/present/ops-templates.ts';
import { progressFacts } from '../../src/ops/present/progress-facts.ts';
import { renderPanels } from '../../src/ops/present/render-panels.ts';
import type { BucketState } from '../../src/ops/status/bucket-states.ts';
import { createErrorTally } from '../../src/ops/status/error-tally.ts';
import { fleetTotals } from '../../src/ops/status/fleet-totals.ts';
import { createPaceMeter } from '../../src/ops/status/pace-meter.ts';
import { bytes, percent } from '../../src/ops/words/numbers.ts';
import { away, bucketsOf, processOf, reached, sideOf, statusOf } from './support/status-of.ts';

const templates = createOpsTemplates(path.join(__dirname, '../../src/ops/views'));

describe('what the console says of a move', () => {
  it.each<[Partial<Record<BucketState, number>>, string, string]>([
    [{ off: 256 }, 'The old database serves every session.', 'calm'],
    [{ mirroring: 256 }, 'The old database serves every session; the new one follows.', 'going'],
    [{ mirroring: 253, switching: 3 }, '3 buckets are changing hands.', 'going'],
    [{ mirroring: 255, merging: 1 }, '1 bucket still looks at both databases.', 'going'],
    [{ mirroring: 128, moved: 128 }, 'The new database serves 50 % of the sessions, the old one the rest.', 'going'],
    [{ moved: 256 }, 'The new database serves every session; the old one is its warm mirror.', 'good'],
    [{ mirroring: 200, 'merging-back': 56 }, '56 buckets still look at both databases.', 'going'],
    [{ complete: 256 }, 'The move is complete.', 'good'],
    [{ moved: 254, illegal: 2 }, '2 buckets have fences that contradict each other.', 'bad'],
    [{ unknown: 256 }, 'Neither database answers.', 'bad'],
  ])('%j', (counts, text, tone) => {
    const status = statusOf({ buckets: bucketsOf(counts) });
    expect(headline(status)).toMatchObject({ text: text.replace(' %', '\u00a0%'), tone });
    // Every panel can be shown in every state.
    for (const html of Object.values(renderPanels(templates, { status, trouble: undefined, bench: undefined })))
      expect(html).not.toMatch(/undefined|NaN|\[object/);
    expect(bucketGrid(status.buckets).legend.map(({ state, count }) => [state, count])).toEqual(
      expect.arrayContaining(Object.entries(counts)),
    );
  });

  it.each<[string, 'old' | 'new', Partial<Record<BucketState, number>>, RegExp]>([
    ['before a move', 'new', { mirroring: 256 }, /Nobody needs it now/],
    ['half-way', 'new', { mirroring: 192, moved: 64 }, /^25\u00a0% of the sessions wait for it/],
    ['while buckets look at both', 'old', { merging: 256 }, /^Every session waits for it/],
    ['after everything has moved', 'old', { moved: 256 }, /Nobody needs it now/],
  ])('and of a database that is away %s', (_when, side, counts, next) => {
    const sides = { old: reached, new: reached, [side]: away };
    const status = statusOf({ buckets: bucketsOf(counts), move: { sides, lag: {} } });
    expect(headline(status)).toMatchObject({ text: `The ${side} database does not answer.`, tone: 'bad' });
    expect(headline(status).next).toMatch(next);
    const panels = renderPanels(templates, { status, trouble: 'Error', bench: undefined });
    expect(panels['databases']).toContain('It does not answer (ECONNREFUSED)');
    expect(panels['trouble']).toContain('The last look at the databases failed (Error)');
  });

  it.each([
    [0, 1],
    [3, 10],
    [128, 100],
    [256, undefined],
  ])('and what to switch to next with %d buckets moved', (moved, percent) => {
    const switching = moveSteps(statusOf({ move: { moved } })).forward.find(({ verb }) => verb === 'switch');
    expect(switching?.nextPercent).toBe(percent);
  });

  it('says options as one would on the command line', () => {
    expect(sayOptions('verify', { sample: 0.07, rate: 90, repair: true })).toBe('--repair --sample 7% --rate 90');
    expect(sayOptions('backfill', { throttle: false })).toBe('--no-throttle');
    expect(sayOptions('start', {})).toBe('');
  });

  it('escapes what operators and processes are called', () => {
    const log = [{ at: new Date(0), actor: '<b>Ada</b>', action: 'start done', moveId: null, detail: {} }];
    const fleet = [processOf({ name: '<i>host</i>/1/x' })];
    const panels = renderPanels(templates, {
      status: statusOf({ move: { log, fleet } }),
      trouble: undefined,
      bench: undefined,
    });
    expect(panels['log']).toContain('&lt;b&gt;Ada');
    expect(panels['fleet']).toContain('&lt;i&gt;host');
  });

  it('has a rate and the time left of the backfill, and says who carries what across', () => {
    const fill = { copied: 500, covered: 64, rowsPerSecond: 100, leftMs: 30_000 };
    const status = statusOf({
      buckets: bucketsOf({ mirroring: 256 }),
      fill,
      move: { moveId: 'm', lag: { old: { entries: 7, oldestMs: 6_000 }, new: { entries: 0, oldestMs: 0 } } },
    });
    expect(progressFacts(status)).toMatchObject([
      { name: 'Backfill', value: '64 of 256', more: '500 rows, 100 a second, 30 s left', part: 0.25 },
      { name: 'Last verify', value: 'none yet' },
      { name: 'Old → new', value: '7 waiting', more: 'the oldest for 6 s', tone: 'bad' },
      { name: 'New → old', value: 'all across' },
      { name: 'Worker', value: 'none', more: 'npx switchyard move worker', tone: 'bad' },
    ]);
    expect(movePicture(status)).toMatchObject({
      new: { role: 'is being filled' },
      oldToNew: { isOn: true, labels: ['7 to carry', '100 rows/s'] },
      newToOld: { isOn: false },
    });
  });
});

describe('what all processes do together', () => {
  it('is added up by the time that each report is about', () => {
    const totals = fleetTotals([
      processOf({
        windowMs: 2_000,
        sides: { old: sideOf({ statements: 30, reads: 20, p50Ms: 1, p99Ms: 5 }), new: sideOf({}) },
        cache: { reads: 60, misses: 20, errors: 0 },
      }),
      processOf({
        windowMs: 1_000,
        sides: { old: sideOf({ statements: 10, p50Ms: 5, p99Ms: 9 }), new: sideOf({ reads: 10, errors: 4 }) },
      }),
      processOf({ silentForMs: 60_000, sides: { old: sideOf({ statements: 1_000 }), new: sideOf({}) } }),
    ]);
    expect(totals).toMatchObject({
      reporting: 2,
      silent: 1,
      old: { statementsPerSecond: 25, readsPerSecond: 10, p50Ms: 2, p99Ms: 9 },
      new: { readsPerSecond: 10, errorsPerSecond: 4 },
      cache: { readsPerSecond: 30, missesPerSecond: 10 },
      readShares: { cache: 0.6, old: 0.2, new: 0.2 },
    });
  });

  it('has errors by kind, each report counted once, for five minutes', () => {
    const clock = { ms: 0 };
    const tally = createErrorTally(() => clock.ms);
    const failing = (beat: number) =>
      processOf({
        beat,
        sides: { old: sideOf({}), new: sideOf({ errorCodes: { ECONNREFUSED: 3, '57P01': 1 } }) },
        cache: { reads: 0, misses: 0, errors: 2 },
      });
    tally.add([failing(1)]);
    tally.add([failing(1)]);
    tally.add([failing(2)]);
    expect(tally.counts()).toEqual([
      { where: 'new', code: 'ECONNREFUSED', count: 6 },
      { where: 'cache', code: 'unavailable', count: 4 },
      { where: 'new', code: '57P01', count: 2 },
    ]);
    clock.ms = 300_001;
    tally.add([failing(2)]);
    expect(tally.counts()).toEqual([]);
  });

  it('goes as fast as it went in the last ten seconds', () => {
    const clock = { ms: 0 };
    const pace = createPaceMeter(() => clock.ms);
    expect(pace.add(0)).toBe(0);
    clock.ms = 2_000;
    expect(pace.add(200)).toBe(100);
    clock.ms = 11_000;
    expect(pace.add(200)).toBe(0);
    clock.ms = 12_000;
    expect(pace.add(50)).toBe(0);
  });

  it('is said in numbers that can be read', () => {
    const plainly = (texts: string[]): string[] => texts.map((text) => text.replaceAll('\u00a0', ' '));
    expect(plainly([0, 0.004, 0.5, 0.995, 1].map(percent))).toEqual(['0 %', '< 1 %', '50 %', '> 99 %', '100 %']);
    expect(plainly([0, 512, 4_669_440, 2 ** 41].map(bytes))).toEqual(['0 B', '512 B', '4.5 MB', '2.0 TB']);
  });
});
