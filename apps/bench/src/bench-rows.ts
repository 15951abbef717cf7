import { describeMachine } from './machine.ts';
import type { Options } from './options.ts';
import { figure } from './report/figures.ts';
import { machineLines } from './report/machine-lines.ts';
import type { Section } from './report/section.ts';
import { left, right, type Table } from './report/table.ts';
import { verdictTable, type Verdict } from './report/verdict.ts';
import { measureRows, type LiveRound, type RowsRound } from './rows/rounds.ts';
import type { Stage } from './stage/open-stage.ts';
import { median } from './statistics.ts';

const CONNECTIONS = 10;
const LEAST_OF_COPY = 0.5;
const MOST_MEGABYTES = 150;
const MOST_P99 = 1.5;

/** How fast rows go across and are compared, beside PostgreSQL's own COPY, and what saves feel of it. */
export async function benchRows(options: Options, stage: Stage, say: (line: string) => void): Promise<Section> {
  const machine = await describeMachine();
  const urls = {
    old: await (await stage.postgres('main')).create('migrated'),
    new: await (await stage.postgres('sessions')).create('migrated'),
  };
  const { rows, rounds, 'live-seconds': liveSeconds } = options.numbers;
  const { rows: jobs, live } = await measureRows({ urls, rows, rounds, liveSeconds, connections: CONNECTIONS, say });
  const wanted = verdicts(jobs, live);
  const servers = stage.descriptions();
  return {
    name: 'rows',
    json: { machine: { ...machine, servers }, rows, jobs, live, wanted },
    tables: [
      jobsTable(rows, jobs),
      liveTable(live),
      verdictTable('What is wanted of backfill and verify, and what was seen', wanted),
    ],
    lines: [...machineLines(machine, servers), `Medians of ${rounds} rounds; saves for ${liveSeconds} s each.`],
  };
}

const of = <T>(rounds: readonly T[], figureOf: (round: T) => number): number => median(rounds.map(figureOf));

const verdicts = (jobs: readonly RowsRound[], live: readonly LiveRound[]): Verdict[] => [
  {
    what: 'backfill, rows/s against COPY',
    unit: '×',
    limit: { atLeast: LEAST_OF_COPY },
    seen: of(jobs, ({ backfillPerSecond, copyPerSecond }) => backfillPerSecond / copyPerSecond),
  },
  {
    what: 'verify, rows/s against COPY',
    unit: '×',
    limit: { atLeast: LEAST_OF_COPY },
    seen: of(jobs, ({ verifyPerSecond, copyPerSecond }) => verifyPerSecond / copyPerSecond),
  },
  {
    what: 'memory of a backfill',
    unit: 'MB',
    limit: { atMost: MOST_MEGABYTES },
    seen: Math.max(...jobs.map(({ backfillRss }) => backfillRss)) / 1e6,
  },
  {
    what: 'memory of a verify',
    unit: 'MB',
    limit: { atMost: MOST_MEGABYTES },
    seen: Math.max(...jobs.map(({ verifyRss }) => verifyRss)) / 1e6,
  },
  {
    what: 'p99 of saves beside a throttled backfill, against alone',
    unit: '×',
    limit: { atMost: MOST_P99 },
    seen: of(live, ({ besideP99Ms, aloneP99Ms }) => besideP99Ms / aloneP99Ms),
  },
];

const jobsTable = (rows: number, jobs: readonly RowsRound[]): Table => ({
  title: `${rows.toLocaleString('en')} sessions of 0.9 KB, from one server to the other`,
  columns: [left('job'), right('rows/s'), right('of COPY'), right('memory at most, MB'), right('before it began')],
  rows: [
    ['COPY', figure(of(jobs, ({ copyPerSecond }) => copyPerSecond)), '', '', ''],
    [
      'backfill, no throttle',
      figure(of(jobs, ({ backfillPerSecond }) => backfillPerSecond)),
      figure(of(jobs, ({ backfillPerSecond, copyPerSecond }) => backfillPerSecond / copyPerSecond)),
      figure(of(jobs, ({ backfillRss }) => backfillRss / 1e6)),
      figure(of(jobs, ({ backfillRssAtStart }) => backfillRssAtStart / 1e6)),
    ],
    [
      'verify',
      figure(of(jobs, ({ verifyPerSecond }) => verifyPerSecond)),
      figure(of(jobs, ({ verifyPerSecond, copyPerSecond }) => verifyPerSecond / copyPerSecond)),
      figure(of(jobs, ({ verifyRss }) => verifyRss / 1e6)),
      figure(of(jobs, ({ verifyRssAtStart }) => verifyRssAtStart / 1e6)),
    ],
  ],
});

const liveTable = (live: readonly LiveRound[]): Table => ({
  title: 'Saves of a shop meanwhile, 16 visitors, with the default throttle',
  columns: [right('round'), right('p99 alone, ms'), right('p99 beside, ms'), right('backfill, rows/s')],
  rows: live.map(({ aloneP99Ms, besideP99Ms, backfillPerSecond }, round) => [
    String(round + 1),
    figure(aloneP99Ms),
    figure(besideP99Ms),
    figure(backfillPerSecond),
  ]),
});
