import { percent } from './describe-findings.ts';
import type { Diagnosis } from './diagnose-bloat.ts';
import type { Replacement } from './find-replacement.ts';
import type { InspectedTable } from './inspect-table.ts';
import { EXCLUSIVE, repairStep, type RepairStep } from './repair-step.ts';

/** Percent: the room that our own tables leave. */
export const ROOMY = 70;
const HOUR_BYTES = 8;

export interface HotPlan {
  readonly replacements: readonly Replacement[];
  /** Whether pages are to have room that have none now. */
  readonly widened: boolean;
  /** What writing all of it anew comes to, with so many bytes more in each row. */
  readonly rewritten: (extraBytes: number) => Partial<RepairStep>;
}

/** What makes saves HOT updates. */
export function planHot({ name }: InspectedTable, found: Diagnosis, plan: HotPlan): readonly RepairStep[] {
  const { replacements, widened, rewritten } = plan;
  const steps: RepairStep[] = [];
  if (widened)
    steps.push(
      repairStep(
        `alter table ${name} set (fillfactor = ${ROOMY});`,
        'pages that are written from now on keep room for the next version of a row',
      ),
    );
  const columns = new Map(
    replacements.flatMap(({ addColumn }) => (addColumn === undefined ? [] : [[addColumn.name, addColumn.expression]])),
  );
  const added = [...columns].map(
    ([hour, expression]) => `add column ${hour} timestamp generated always as (${expression}) stored`,
  );
  if (added.length > 0)
    steps.push(
      repairStep(
        `alter table ${name} ${added.join(', ')};`,
        'an hour, in the place of a time that changes with every save; writes the table and its indexes anew, without what is dead',
        rewritten(HOUR_BYTES * added.length),
      ),
    );
  const indexed = new Map(
    replacements.flatMap(({ indexColumn, now }) => (indexColumn === undefined ? [] : [[indexColumn, now]])),
  );
  for (const [hour, now] of indexed)
    steps.push(
      repairStep(
        `create index concurrently on ${name} (${hour});`,
        `for a purge, which has to ask "${hour} <= ${now}" beside the exact time: what asks for that alone reads the whole table from now on`,
      ),
    );
  const drops = replacements.map((one) => dropOf(one, one === replacements.at(-1), added.length > 0, found.hotShare));
  return [...steps, ...drops];
}

function dropOf(
  { blocking: { index }, drop, caution }: Replacement,
  isLast: boolean,
  isFresh: boolean,
  hotShare: number | undefined,
): RepairStep {
  const share =
    hotShare === undefined
      ? ''
      : `; HOT updates: from ${percent(hotShare)} to above 95 %, of saves in the same hour as the one before`;
  const gain = isLast ? `a save changes the row alone, and no index${share}` : 'one less that blocks HOT';
  return repairStep(drop, caution === undefined ? gain : `${caution} ${gain}`, {
    // What has been written anew has no dead entries any more.
    freesBytes: isFresh ? undefined : index.bytes,
    ...(index.constraint !== undefined && { lock: EXCLUSIVE }),
  });
}
