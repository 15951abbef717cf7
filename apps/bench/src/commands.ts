import { benchBloat } from './bench-bloat.ts';
import { benchCases } from './bench-cases.ts';
import { benchGrowth } from './bench-growth.ts';
import { benchMemory } from './bench-memory.ts';
import { benchRouter } from './bench-router.ts';
import { benchRows } from './bench-rows.ts';
import type { Command } from './option-table.ts';
import type { Options } from './options.ts';
import type { Section } from './report/section.ts';
import type { Stage } from './stage/open-stage.ts';

export type Bench = (options: Options, stage: Stage, say: (line: string) => void) => Promise<Section>;

export const BENCHES: Readonly<Record<Exclude<Command, 'all'>, Bench>> = {
  cases: benchCases,
  router: benchRouter,
  rows: benchRows,
  growth: benchGrowth,
  memory: benchMemory,
  bloat: benchBloat,
};
