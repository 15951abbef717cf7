import type { Loss } from '../checker/judge.ts';
import type { Comeback, Witness } from '../shopper/witness.ts';
import { percentile } from './percentile.ts';

export interface StepReport {
  readonly name: string;
  readonly seconds: number;
  readonly requests: number;
  /** Of a request, in milliseconds; `null` when there was none. */
  readonly p50Ms: number | null;
  readonly p99Ms: number | null;
  readonly longestMs: number | null;
  readonly errors: number;
  /** How many by kind. */
  readonly errorKinds: Readonly<Record<string, number>>;
}

/** One thing that was lost or came back, for whoever wants to know why. */
export interface Finding {
  readonly step: string;
  /** Since the first step. */
  readonly second: number;
  readonly shopper: number;
  readonly what: string;
}

export interface Tally {
  readonly requests: number;
  readonly acknowledged: number;
  readonly lostBaskets: number;
  readonly lostChanges: number;
  readonly resurrected: number;
  /** How many by kind. */
  readonly errors: Readonly<Record<string, number>>;
}

/** Counts what shoppers go through, step by step. */
export interface Recorder {
  readonly witness: Witness;
  beginStep(name: string): void;
  /** What has been counted so far. */
  tally(): Tally;
  /** Every step, the present one included. */
  steps(): StepReport[];
  /** The first of them. */
  findings(): readonly Finding[];
}

interface Step {
  readonly name: string;
  readonly from: number;
  to: number | undefined;
  readonly durationsMs: number[];
  readonly errors: Map<string, number>;
}

const FINDINGS_KEPT = 100;

/** `now`: milliseconds of a clock that only goes forward. */
export function createRecorder(now: () => number): Recorder {
  const steps: Step[] = [];
  const findings: Finding[] = [];
  const counts = { requests: 0, acknowledged: 0, lostBaskets: 0, lostChanges: 0, resurrected: 0 };

  const current = (): Step => {
    const step = steps.at(-1);
    if (step === undefined) throw new Error('no step has begun');
    return step;
  };
  const find = (shopper: number, what: string): void => {
    if (findings.length >= FINDINGS_KEPT) return;
    const second = (now() - (steps[0]?.from ?? 0)) / 1_000;
    findings.push({ step: current().name, second: Math.round(second * 10) / 10, shopper, what });
  };

  return {
    witness: {
      request: (durationMs, error) => {
        const step = current();
        counts.requests += 1;
        step.durationsMs.push(durationMs);
        if (error !== undefined) step.errors.set(error, (step.errors.get(error) ?? 0) + 1);
      },
      acknowledged: () => void (counts.acknowledged += 1),
      lost: (loss, shopper) => {
        counts[loss.kind === 'basket' ? 'lostBaskets' : 'lostChanges'] += 1;
        find(shopper, describeLoss(loss));
      },
      cameBack: (comeback, shopper) => {
        counts.resurrected += 1;
        find(shopper, describeComeback(comeback));
      },
    },
    beginStep: (name) => {
      const previous = steps.at(-1);
      if (previous !== undefined) previous.to = now();
      steps.push({ name, from: now(), to: undefined, durationsMs: [], errors: new Map() });
    },
    tally: () => ({ ...counts, errors: mostFirst(sumOf(steps.map(({ errors }) => errors))) }),
    steps: () => steps.map((step) => reportOf(step, now())),
    findings: () => findings,
  };
}

const reportOf = ({ name, from, to, durationsMs, errors }: Step, now: number): StepReport => ({
  name,
  seconds: Math.round(((to ?? now) - from) / 100) / 10,
  requests: durationsMs.length,
  p50Ms: rounded(percentile(durationsMs, 0.5)),
  p99Ms: rounded(percentile(durationsMs, 0.99)),
  longestMs: rounded(percentile(durationsMs, 1)),
  errors: [...errors.values()].reduce((sum, number) => sum + number, 0),
  errorKinds: mostFirst(errors),
});

function sumOf(counts: readonly ReadonlyMap<string, number>[]): ReadonlyMap<string, number> {
  const sum = new Map<string, number>();
  for (const [kind, number] of counts.flatMap((each) => [...each])) sum.set(kind, (sum.get(kind) ?? 0) + number);
  return sum;
}

const mostFirst = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([, one], [, other]) => other - one));

const rounded = (value: number | undefined): number | null =>
  value === undefined ? null : Math.round(value * 10) / 10;

const people = (user: string | null): string => (user === null ? 'nobody' : 'somebody');

function describeLoss(loss: Loss): string {
  switch (loss.kind) {
    case 'basket':
      return `a basket of ${loss.lines} ${loss.lines === 1 ? 'line' : 'lines'} was gone`;
    case 'line':
      return `product ${loss.productId}: ${loss.shown} shown, ${loss.expected.join(' or ')} acknowledged`;
    case 'user':
      return `${people(loss.shown)} shown as logged in, ${loss.expected.map(people).join(' or ')} expected`;
  }
}

const describeComeback = ({ kind, lines, user }: Comeback): string =>
  `${kind === 'logged-out' ? 'a session that was logged out' : 'a key that a login had replaced'} showed ${lines} lines, with ${people(user)} logged in`;
