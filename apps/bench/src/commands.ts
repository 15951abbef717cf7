import { benchCases } from './bench-cases.ts';
import { benchRouter } from './bench-router.ts';
import { benchRows } from './bench-rows.ts';
import type { Command, Options } from './options.ts';
import type { Section } from './report/section.ts';
import type { Stage } from './stage/open-stage.ts';

export type Bench = (options: Options, stage: Stage, say: (line: string) => void) => Promise<Section>;

export const BENCHES: Readonly<Record<Command, Bench>> = { cases: benchCases, router: benchRouter, rows: benchRows };
