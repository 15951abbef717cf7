import { createPool } from '@switchyard/databases';
import type { Contender } from '../contenders/contender.ts';
import { ownProcess } from '../contenders/own-process.ts';
import { interleave } from '../interleave.ts';
import type { Measurement, Task } from '../measurement.ts';
import { CROWD } from '../report/wanted.ts';
import { fillRows } from '../rows/fill.ts';
import type { Stage } from '../stage/open-stage.ts';
import { spreadOf } from '../statistics.ts';

/** What an operation costs in a table of so many rows, of so many bytes each. */
export interface GrowthPoint {
  readonly rows: number;
  readonly bytes: number;
  readonly operation: Task['operation'];
  readonly callers: number;
  readonly opsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly cpuMicros: number;
  readonly opsSpread: readonly [min: number, max: number];
}

export interface GrowthSettings {
  readonly stage: Stage;
  readonly sizes: readonly { readonly rows: number; readonly bytes: number }[];
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly say: (line: string) => void;
}

/** More keys than this are not kept; they are chosen all over the table. */
const MOST_KEYS = 200_000;
/** Longer sessions are saved one by one, with data that is as hard to compress as a basket. */
const LONGEST_FILLED = 2_000;

/** Loads and saves of the database store, in tables of each size. */
export async function measureGrowth(settings: GrowthSettings): Promise<GrowthPoint[]> {
  const { sizes, rounds, seconds, say } = settings;
  const turns: { point: Pick<GrowthPoint, 'rows' | 'bytes' | 'operation' | 'callers'>; contender: Contender }[] = [];
  const opened: Contender[] = [];
  try {
    for (const { rows, bytes } of sizes) {
      say(`a table of ${rows.toLocaleString('en')} sessions of ${bytes.toLocaleString('en')} bytes`);
      const contender = await open(settings, rows, bytes);
      opened.push(contender);
      for (const operation of ['load', 'save'] as const)
        for (const callers of [1, CROWD]) turns.push({ point: { rows, bytes, operation, callers }, contender });
    }
    const measured = await interleave(
      turns.map(
        ({ point: { operation, callers }, contender }) =>
          (length) =>
            contender.measure({ operation, callers, seconds: length }),
      ),
      { rounds, seconds, onRound: (round) => say(`loads and saves: round ${round} of ${rounds}`) },
    );
    return turns.map(({ point }, index) => ({ ...point, ...middle(measured[index] ?? []) }));
  } finally {
    await Promise.all(opened.map((contender) => contender.close()));
  }
}

async function open({ stage, connections }: GrowthSettings, rows: number, bytes: number): Promise<Contender> {
  const postgresUrl = await (await stage.postgres('main')).create('migrated');
  const isFilled = bytes <= LONGEST_FILLED;
  if (isFilled) {
    const pool = createPool(postgresUrl, { max: 1, statementTimeoutMs: 0 });
    await fillRows({ query: (text, values) => pool.query(text, values) }, rows, bytes);
    await pool.end();
  }
  const sessions = Math.min(rows, MOST_KEYS);
  const place = { postgresUrl, redisPrefix: '', connections, isFilled };
  return ownProcess({ subject: 'switchyard', place, sessions, bytes, stride: Math.floor(rows / sessions) });
}

function middle(rounds: readonly Measurement[]) {
  const of = (what: keyof Measurement) => spreadOf(rounds.map((round) => round[what]));
  const ops = of('opsPerSecond');
  return {
    opsPerSecond: ops.median,
    p50Ms: of('p50Ms').median,
    p99Ms: of('p99Ms').median,
    cpuMicros: of('cpuMicros').median,
    opsSpread: [ops.min, ops.max] as const,
  };
}
