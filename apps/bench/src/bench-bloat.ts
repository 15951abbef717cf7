import { DJANGO, SWITCHYARD, type Layout } from './bloat/layout.ts';
import { measureBloat, type Bloat } from './bloat/measure-bloat.ts';
import { describeMachine } from './machine.ts';
import type { Options } from './options.ts';
import { figure, megabytes, percent } from './report/figures.ts';
import { machineLines } from './report/machine-lines.ts';
import type { Section } from './report/section.ts';
import { left, right, type Table } from './report/table.ts';
import { verdictTable, type Verdict } from './report/verdict.ts';
import type { Stage } from './stage/open-stage.ts';

const SAVES_PER_SESSION = 50;
const DAY_MS = 86_400_000;
const MOST_OF_FRESH = 1.2;
const LEAST_HOT = 95;

interface Run {
  readonly layout: Layout;
  readonly autovacuum: boolean;
  readonly spread: 'at once' | 'over a day';
}

interface BloatResult extends Bloat {
  readonly layout: string;
  readonly autovacuum: boolean;
  readonly spread: Run['spread'];
}

const RUNS: readonly Run[] = [
  { layout: DJANGO, autovacuum: false, spread: 'at once' },
  { layout: DJANGO, autovacuum: true, spread: 'at once' },
  { layout: SWITCHYARD, autovacuum: false, spread: 'at once' },
  { layout: SWITCHYARD, autovacuum: true, spread: 'at once' },
  { layout: SWITCHYARD, autovacuum: true, spread: 'over a day' },
];

/** What many saves leave behind in a session table. */
export async function benchBloat(options: Options, stage: Stage, say: (line: string) => void): Promise<Section> {
  const machine = await describeMachine();
  const { saves } = options.numbers;
  const sessions = Math.floor(saves / SAVES_PER_SESSION);
  const server = await stage.postgres('main');
  const results: BloatResult[] = [];
  for (const { layout, autovacuum, spread } of RUNS) {
    say(`${layout.name}'s table, autovacuum ${autovacuum ? 'on' : 'off'}, ${saves} saves ${spread}`);
    const spreadMs = spread === 'over a day' ? DAY_MS : 0;
    const bloat = await measureBloat(server, { layout, autovacuum, sessions, saves, spreadMs });
    results.push({ layout: layout.name, autovacuum, spread, ...bloat });
  }
  const wanted = verdicts(results);
  const servers = stage.descriptions();
  return {
    name: 'bloat',
    json: { machine: { ...machine, servers }, sessions, saves, results, wanted },
    tables: [
      bloatTable(`${sessions.toLocaleString('en')} sessions after ${saves.toLocaleString('en')} saves`, results),
      verdictTable('What is wanted of our table, and what was seen', wanted),
    ],
    lines: [
      ...machineLines(machine, servers),
      'The saves of hours are made in minutes: autovacuum, which looks once a minute, comes less often than it would.',
      '"Over a day" moves the expiry on as if they had taken 24 hours.',
    ],
  };
}

const sizeOf = (space: Bloat['saved']): number => space.tableBytes + space.indexBytes;
const growthOf = ({ saved, fresh }: Bloat): number => sizeOf(saved) / sizeOf(fresh);

const verdicts = (results: readonly BloatResult[]): Verdict[] =>
  results
    .filter(({ layout, spread }) => layout === SWITCHYARD.name && spread === 'at once')
    .flatMap((result) => {
      const when = `autovacuum ${result.autovacuum ? 'on' : 'off'}`;
      return [
        {
          what: `size against freshly vacuumed, ${when}`,
          unit: '×',
          limit: { atMost: MOST_OF_FRESH },
          seen: growthOf(result),
        },
        { what: `HOT updates, ${when}`, unit: '%', limit: { atLeast: LEAST_HOT }, seen: result.hotShare * 100 },
      ];
    });

const bloatTable = (title: string, results: readonly BloatResult[]): Table => ({
  title,
  columns: [
    left('table'),
    left('autovacuum'),
    left('saves'),
    right('table'),
    right('indexes'),
    right('fresh table'),
    right('fresh indexes'),
    right('size × fresh'),
    right('HOT'),
  ],
  rows: results.map((result) => [
    result.layout,
    result.autovacuum ? 'on' : 'off',
    result.spread,
    megabytes(result.saved.tableBytes),
    megabytes(result.saved.indexBytes),
    megabytes(result.fresh.tableBytes),
    megabytes(result.fresh.indexBytes),
    figure(growthOf(result)),
    percent(result.hotShare),
  ]),
});
