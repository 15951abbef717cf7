import type { CaseName } from '../cases/case-group.ts';
import type { Measurement } from '../measurement.ts';

/** What is compared: a figure of one subject, added up over these cases. */
export interface Side {
  readonly cases: readonly CaseName[];
  readonly subject: string;
  readonly callers: number;
}

/** A ratio of two figures of the same run, and what it should be. */
export interface Wanted {
  readonly what: string;
  readonly figure: keyof Measurement;
  readonly ours: Side;
  readonly theirs: Side;
  readonly limit: { readonly atLeast: number } | { readonly atMost: number };
}

interface Comparison {
  readonly what: string;
  readonly cases: readonly CaseName[];
  readonly ours?: string;
  readonly theirs: string;
  /** Where theirs was measured, if it does not matter how many call. */
  readonly theirCallers?: number;
  readonly crowd: readonly [figure: keyof Measurement, limit: Wanted['limit']];
  readonly alone?: readonly [figure: keyof Measurement, limit: Wanted['limit']];
}

export const CROWD = 64;
const ALONE = 1;
const faster = (atLeast: number) => ['opsPerSecond', { atLeast }] as const;
const latency = (atMost: number) => ['p50Ms', { atMost }] as const;
const cpu = (atMost: number) => ['cpuMicros', { atMost }] as const;

const COMPARISONS: readonly Comparison[] = [
  {
    what: 'load vs connect-pg-simple get',
    cases: ['load'],
    theirs: 'connect-pg-simple',
    crowd: faster(7),
    alone: latency(1),
  },
  {
    what: 'save vs connect-pg-simple set',
    cases: ['save'],
    theirs: 'connect-pg-simple',
    crowd: faster(3),
    alone: latency(1),
  },
  {
    what: 'load vs @quixo3/prisma-session-store',
    cases: ['load'],
    theirs: '@quixo3/prisma-session-store',
    crowd: faster(10),
    alone: faster(3),
  },
  {
    what: 'save vs @quixo3/prisma-session-store',
    cases: ['save'],
    theirs: '@quixo3/prisma-session-store',
    crowd: faster(10),
    alone: faster(3),
  },
  { what: 'save vs pgbench single-row upsert', cases: ['save'], theirs: 'pgbench', crowd: faster(2) },
  {
    what: 'cached load (hit) vs connect-redis get',
    cases: ['cached-load'],
    theirs: 'connect-redis',
    crowd: faster(1.3),
    alone: faster(1),
  },
  {
    what: 'cached load and save vs Django cached_db',
    cases: ['cached-load', 'cached-save'],
    theirs: 'django',
    theirCallers: ALONE,
    crowd: cpu(1 / 8),
    alone: cpu(1 / 5),
  },
  {
    what: 'shop request vs the same on connect-pg-simple',
    cases: ['request'],
    theirs: 'connect-pg-simple',
    crowd: faster(2),
    alone: latency(1),
  },
  {
    what: 'save while moving vs not moving',
    cases: ['save-moving'],
    theirs: 'switchyard-at-rest',
    crowd: faster(0.6),
    alone: latency(1.3),
  },
];

/** What the bench is for: each of these should hold. */
export const WANTED: readonly Wanted[] = COMPARISONS.flatMap(
  ({ what, cases, ours = 'switchyard', theirs, theirCallers, crowd, alone }): Wanted[] => {
    const at = (callers: number, [figure, limit]: NonNullable<Comparison['alone']>): Wanted => ({
      what,
      figure,
      ours: { cases, subject: ours, callers },
      theirs: { cases, subject: theirs, callers: theirCallers ?? callers },
      limit,
    });
    return [at(CROWD, crowd), ...(alone === undefined ? [] : [at(ALONE, alone)])];
  },
);
