import type { CaseGroup, CaseName, GroupSettings } from './cases/case-group.ts';
import type { Contender } from './contenders/contender.ts';
import { interleave } from './interleave.ts';
import type { Measurement } from './measurement.ts';

/** What one subject gave in one case: a measurement for each round. */
export interface CaseRounds {
  readonly case: CaseName;
  readonly subject: string;
  readonly callers: number;
  readonly rounds: readonly Measurement[];
}

export interface RunOptions {
  readonly rounds: number;
  /** Of one measurement. */
  readonly seconds: number;
  readonly callers: readonly number[];
  readonly cases: ReadonlySet<string>;
  /** `undefined`: all. */
  readonly subjects: ReadonlySet<string> | undefined;
  readonly say: (line: string) => void;
}

interface Turn extends Omit<CaseRounds, 'rounds'> {
  measure(seconds: number): Promise<Measurement>;
}

/** Measures all subjects of each group in turn, one group after the other. */
export async function runGroups(
  groups: readonly CaseGroup[],
  settings: GroupSettings,
  options: RunOptions,
): Promise<readonly CaseRounds[]> {
  const results: CaseRounds[] = [];
  for (const group of groups) {
    const cases = group.cases.filter(({ name }) => options.cases.has(name));
    if (cases.length > 0) results.push(...(await runGroup({ ...group, cases }, settings, options)));
  }
  return results;
}

async function runGroup(
  { cases, subjects }: CaseGroup,
  settings: GroupSettings,
  { rounds, seconds, callers, subjects: wanted, say }: RunOptions,
): Promise<CaseRounds[]> {
  const opened: Contender[] = [];
  const turns: Turn[] = [];
  try {
    for (const subject of subjects.filter(({ name }) => wanted?.has(name) ?? true)) {
      const contender = await subject.open(settings, say);
      if (contender === undefined) continue;
      say(`${subject.name} has its ${settings.sessions} sessions`);
      opened.push(contender);
      for (const { name, operation } of cases)
        for (const count of callers.filter((each) => subject.callers?.includes(each) ?? true))
          turns.push({
            case: name,
            subject: subject.name,
            callers: count,
            measure: (length) => contender.measure({ operation, callers: count, seconds: length }),
          });
    }
    // Side by side are those who are compared.
    const position = (turn: Turn): number => cases.findIndex(({ name }) => name === turn.case);
    turns.sort((a, b) => position(a) - position(b) || a.callers - b.callers);
    const measured = await interleave(
      turns.map(({ measure }) => measure),
      {
        rounds,
        seconds,
        onRound: (round) => say(`${cases.map(({ name }) => name).join(' and ')}: round ${round} of ${rounds}`),
      },
    );
    return turns.map(({ case: name, subject, callers: count }, index) => ({
      case: name,
      subject,
      callers: count,
      rounds: measured[index] ?? [],
    }));
  } finally {
    await Promise.all(opened.map((contender) => contender.close()));
  }
}
