import { BASKET_BYTES } from './basket.ts';
import { measureGrowth, type GrowthPoint } from './growth/measure-growth.ts';
import { describeMachine } from './machine.ts';
import type { Options } from './options.ts';
import { figure } from './report/figures.ts';
import { machineLines } from './report/machine-lines.ts';
import type { Section } from './report/section.ts';
import { renderSvg, type Panel } from './report/svg-plot.ts';
import { left, right, type Table } from './report/table.ts';
import { CROWD } from './report/wanted.ts';
import type { Stage } from './stage/open-stage.ts';

const CONNECTIONS = 10;
const FEW_ROWS = 10_000;
const ONE_KB = 1_024;
const LONG = [10 * ONE_KB, 50 * ONE_KB] as const;
/** Of the longer ones: as many as the shorter would be fifty times the memory. */
const ROWS_OF_LONG = 2_000;

/** What a load and a save cost as the table and its sessions grow. */
export async function benchGrowth(options: Options, stage: Stage, say: (line: string) => void): Promise<Section> {
  const machine = await describeMachine();
  const { rounds, seconds, 'most-rows': mostRows } = options.numbers;
  const rowCounts = [FEW_ROWS, 100_000, 1_000_000, 10_000_000].filter((rows) => rows <= Math.max(mostRows, FEW_ROWS));
  const sizes = [
    ...rowCounts.map((rows) => ({ rows, bytes: BASKET_BYTES })),
    ...[ONE_KB, ...LONG].map((bytes) => ({ rows: ROWS_OF_LONG, bytes })),
  ];
  const points = await measureGrowth({ stage, sizes, rounds, seconds, connections: CONNECTIONS, say });
  const [byRows, byBytes] = [points.slice(0, rowCounts.length * 4), points.slice(rowCounts.length * 4)];
  const servers = stage.descriptions();
  return {
    name: 'growth',
    json: { machine: { ...machine, servers }, byRows, byBytes },
    tables: [
      growthTable('As the table grows, sessions of 876 bytes', 'sessions', byRows, ({ rows }) =>
        rows.toLocaleString('en'),
      ),
      growthTable(
        `As the sessions grow, ${ROWS_OF_LONG.toLocaleString('en')} of them`,
        'KB each',
        byBytes,
        ({ bytes }) => String(bytes / ONE_KB),
      ),
    ],
    lines: [
      ...machineLines(machine, servers),
      `Medians of ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections.`,
    ],
    images: { 'growth.svg': renderSvg('What a load and a save cost as sessions grow', panels(byRows, byBytes)) },
  };
}

const growthTable = (
  title: string,
  size: string,
  points: readonly GrowthPoint[],
  sizeOf: (point: GrowthPoint) => string,
): Table => ({
  title,
  columns: [
    left('operation'),
    right('callers'),
    right(size),
    right('op/s'),
    right('from – to'),
    right('p50 ms'),
    right('p99 ms'),
    right('client CPU µs/op'),
  ],
  rows: (['load', 'save'] as const).flatMap((operation) =>
    [CROWD, 1].flatMap((callers) =>
      points
        .filter((point) => point.operation === operation && point.callers === callers)
        .map((point) => [
          operation,
          String(callers),
          sizeOf(point),
          figure(point.opsPerSecond),
          point.opsSpread.map(figure).join(' – '),
          figure(point.p50Ms),
          figure(point.p99Ms),
          figure(point.cpuMicros),
        ]),
    ),
  ),
});

function panels(byRows: readonly GrowthPoint[], byBytes: readonly GrowthPoint[]): Panel[] {
  const panel = (
    title: string,
    callers: number,
    points: readonly GrowthPoint[],
    y: (point: GrowthPoint) => number,
  ): Panel => {
    const isByRows = points === byRows;
    return {
      title,
      xLabel: isByRows ? 'sessions in the table' : 'KB of each session',
      lines: (['load', 'save'] as const).map((operation) => ({
        label: operation,
        points: points
          .filter((point) => point.operation === operation && point.callers === callers)
          .map((point) => [isByRows ? point.rows : point.bytes / ONE_KB, y(point)] as const),
      })),
    };
  };
  const latency = (points: readonly GrowthPoint[]) => panel('1 caller: p50, ms', 1, points, ({ p50Ms }) => p50Ms);
  const cpu = (points: readonly GrowthPoint[]) =>
    panel(`${CROWD} callers: client CPU, µs/op`, CROWD, points, ({ cpuMicros }) => cpuMicros);
  return [latency(byRows), latency(byBytes), cpu(byRows), cpu(byBytes)];
}
