import { renderReport } from '../../src/report/render-report.ts';
import { hasFindings, type Report } from '../../src/report/report.ts';
import type { SessionStory } from '../../src/history/story.ts';

const clean: Report = {
  requests: 8_123,
  acknowledged: 3_001,
  lostBaskets: 0,
  lostChanges: 0,
  resurrected: 0,
  nonLinearizable: 0,
  undecided: 0,
  stories: [],
  history: { sessions: 240, operations: 8_000, unknown: 3, notKept: 0 },
  errors: {},
  steps: [
    {
      name: 'baseline',
      seconds: 10,
      requests: 8_000,
      p50Ms: 4.21,
      p99Ms: 20,
      longestMs: 31,
      errors: 0,
      errorKinds: {},
    },
    {
      name: 'migration_flag on',
      seconds: 0.5,
      requests: 0,
      p50Ms: null,
      p99Ms: null,
      longestMs: null,
      errors: 12,
      errorKinds: { TIMEOUT: 12 },
    },
  ],
  rows: {
    compared: 200,
    matching: 200,
    lookedAtAgain: 3,
    onlyInMain: 0,
    onlyInSessions: 0,
    dataDiffers: 0,
    expiryDiffers: 0,
    userDiffers: 0,
    emptied: 230,
    writtenAfterwards: 0,
  },
  findings: [],
  faults: [],
  serviceFindings: [],
  chronicle: [],
  seeds: [1],
  options: {
    method: 'flags',
    shoppers: 200,
    seconds: 60,
    processes: 2,
    staggerMs: undefined,
    sessionAgeSeconds: 12,
  },
  processes: [
    { pid: 1, port: 2, flagDelayMs: 0 },
    { pid: 3, port: 4, flagDelayMs: 1_234 },
  ],
  cache: 'Redis',
};

describe('the report for people', () => {
  it('has the steps as a table whose columns line up', () => {
    const lines = renderReport(clean, { color: false }).split('\n');
    const title = lines.find((line) => line.includes('p99 ms')) ?? '';
    const rows = lines.filter((line) => /^ {2}[12] {2}/.test(line));
    expect(rows).toHaveLength(2);
    for (const row of rows) expect(row.length).toBe(title.length);
    expect(rows[0]).toMatch(/1 {2}baseline +10\.0 +8,000 +4\.2 +20\.0 +31\.0 +0$/);
    expect(rows[1]).toMatch(/2 {2}migration_flag on +0\.5 +0 +– +– +– +12$/);
  });

  it('says that nothing was lost', () => {
    const text = renderReport(clean, { color: false });
    expect(text).toContain('200 of 200 live rows were the same in both databases.');
    expect(text).toContain('230 rows when it was emptied, and none at the end');
    expect(text).toContain('migration_flag on: TIMEOUT × 12');
    expect(text).toContain('Nothing was lost.');
    expect(text).not.toContain('\u001b');
  });

  it.each(['lostBaskets', 'lostChanges', 'resurrected', 'nonLinearizable'] as const)(
    'says that something was lost when %s is 1',
    (figure) => {
      expect(renderReport({ ...clean, [figure]: 1 }, { color: false })).toContain('Something was lost.');
    },
  );

  it('names mismatches, errors and what was lost first', () => {
    const text = renderReport(
      {
        ...clean,
        rows: { ...clean.rows, matching: 197, onlyInMain: 1, dataDiffers: 2 },
        steps: clean.steps.map((step) => ({
          ...step,
          errors: 1_201,
          errorKinds: { '503 SESSION_UNAVAILABLE': 1_200, TIMEOUT: 1 },
        })),
        findings: [{ step: 'baseline', second: 1.5, shopper: 4, what: 'a basket of 2 lines was gone' }],
      },
      { color: false },
    );
    expect(text).toContain(
      '197 of 200 live rows were the same in both databases: 1 missing in the new database, 2 with other data.',
    );
    expect(text).toContain('migration_flag on: 503 SESSION_UNAVAILABLE × 1,200, TIMEOUT × 1');
    expect(text).toContain('1.5 s  baseline: shopper 4: a basket of 2 lines was gone');
  });

  it('says how the flags were flipped', () => {
    expect(renderReport(clean, { color: false })).toContain('Every flip waited');
    const staggered = { ...clean, options: { ...clean.options, staggerMs: 2_000 } };
    expect(renderReport(staggered, { color: false })).toContain('saw each flag 0, 1,234 ms late');
  });
});

describe('the report of the histories', () => {
  const story: SessionStory = {
    session: 12,
    shopper: 7,
    verdict: 'not linearizable',
    keys: 'a → b',
    earlier: 3,
    operations: [
      {
        from: 1.25,
        to: 1.5,
        process: 2,
        key: 'a',
        what: 'add 2 of 5',
        outcome: 'ok',
        saw: '[2 of 5]',
        cannotBePlaced: false,
      },
      {
        from: 1.75,
        to: null,
        process: 1,
        key: 'a',
        what: 'add 1 of 6',
        outcome: 'unknown',
        saw: '',
        cannotBePlaced: false,
      },
      {
        from: 2,
        to: 2.0625,
        process: 3,
        key: 'a',
        what: 'look',
        outcome: 'ok',
        saw: '[1 of 6]',
        cannotBePlaced: true,
      },
    ],
    possible: ['key a: [2 of 5]', 'key a: [2 of 5, 1 of 6]'],
  };

  it('says how much was looked at', () => {
    expect(renderReport(clean, { color: false })).toContain(
      'Checked the histories of 240 sessions: 8,000 operations, of 3 it is not known whether they were done.',
    );
  });

  it('tells what happened in a session, line by line, and which line cannot be', () => {
    const text = renderReport({ ...clean, nonLinearizable: 1, stories: [story] }, { color: false });
    expect(text).toContain('Session 12 of shopper 7 (keys a → b) is not linearizable; after 3 earlier operations:');
    expect(text).toMatch(/1\.250–1\.500 +2 +a +add 2 of 5 +ok +\[2 of 5\]\n/);
    expect(text).toMatch(/1\.750–… +1 +a +add 1 of 6 +unknown\n/);
    expect(text).toMatch(/2\.000–2\.063 +3 +a +look +ok +\[1 of 6\] +← cannot be placed\n/);
    expect(text).toContain('Before that one: key a: [2 of 5], or key a: [2 of 5, 1 of 6]');
    expect(text).toContain('Something was lost.');
  });

  it('tells three stories at most', () => {
    const stories = Array.from({ length: 5 }, () => story);
    const text = renderReport({ ...clean, nonLinearizable: 5, stories }, { color: false });
    expect(text.match(/Session 12/g)).toHaveLength(3);
  });

  it('does not say that nothing was lost of what could not be checked', () => {
    const undecided = renderReport({ ...clean, undecided: 2 }, { color: false });
    expect(undecided).toContain('Of 2 sessions it could not be found out whether an order explains them.');
    expect(undecided).toContain('Nothing was lost, as far as it could be checked.');
    const full = renderReport({ ...clean, history: { ...clean.history, notKept: 9 } }, { color: false });
    expect(full).toContain('9 requests came when the history was full, and were not checked.');
    expect(full).toContain('Nothing was lost, as far as it could be checked.');
  });
});

describe('what counts as a finding', () => {
  it.each(['lostBaskets', 'lostChanges', 'resurrected', 'nonLinearizable', 'undecided'] as const)('%s', (figure) => {
    expect(hasFindings(clean)).toBe(false);
    expect(hasFindings({ ...clean, [figure]: 1 })).toBe(true);
  });

  it('requests that were not kept', () => {
    expect(hasFindings({ ...clean, history: { ...clean.history, notKept: 1 } })).toBe(true);
  });
});

describe('the report of what went wrong', () => {
  const faulty: Report = {
    ...clean,
    faults: [
      { kind: 'new-kill', what: 'new-kill: before "verify"', from: 2.5, to: 3, backAfterMs: 120, isQuiet: true },
      { kind: 'old-kill', what: 'old-kill: after "start"', from: 1, to: 1.5, backAfterMs: null, isQuiet: false },
    ],
    chronicle: [{ second: 1, what: 'step: start' }],
  };

  it('has each fault in the order of its time, and how soon the service was back', () => {
    const text = renderReport(faulty, { color: false });
    expect(text).toMatch(
      /1\.00 +1\.50 +never +old-kill: after "start"\n +2\.50 +3\.00 +120 +new-kill.*nobody may notice/,
    );
    expect(text).not.toContain('What happened');
    expect(text).toContain('Nothing was lost.');
  });

  it('tells what is not as it should be, with the whole story', () => {
    const text = renderReport(
      { ...faulty, serviceFindings: [{ second: 2, what: 'it was not back' }] },
      { color: false },
    );
    expect(text).toMatch(/not as it should be:\n +2\.00 s +it was not back[^]*What happened:\n +1\.00 s +step: start/);
    expect(text).toContain('Nothing was lost, but not everything was as it should be.');
  });
});
