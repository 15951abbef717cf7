import type { CaseGroup, CaseName, GroupSettings } from './cases/case-group.ts';
import type { Contender } from './contenders/contender.ts';
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

/** Long enough for the code to be compiled and the statements prepared. */
const WARM_UP = 0.5;

/**
 * Measures all subjects of each group in turn, round after round: what else the machine does at a time meets all of them.
 */
export async function runGroups(
  groups: readonly CaseGroup[],
  settings: GroupSettings,
  options: RunOptions,
): Promise<readonly CaseRounds[]> {
  const results: CaseRounds[] = [];
  for (const group of groups) {
    const wanted = group.cases.filter(({ name }) => options.cases.has(name));
    if (wanted.length > 0) results.push(...(await runGroup({ ...group, cases: wanted }, settings, options)));
  }
  return results;
}

async function runGroup(
  { cases, subjects }: CaseGroup,
  settings: GroupSettings,
  { rounds, seconds, callers, subjects: wanted, say }: RunOptions,
): Promise<CaseRounds[]> {
  const opened: Contender[] = [];
  try {
    const turns: {
      result: CaseRounds & { rounds: Measurement[] };
      measure: (seconds: number) => Promise<Measurement>;
    }[] = [];
    for (const subject of subjects.filter(({ name }) => wanted?.has(name) ?? true)) {
      say(`${subject.name}: opened, with ${settings.sessions} sessions`);
      const contender = await subject.open(settings, say);
      if (contender === undefined) continue;
      opened.push(contender);
      for (const { name, operation } of cases)
        for (const count of callers.filter((each) => subject.callers?.includes(each) ?? true))
          turns.push({
            result: { case: name, subject: subject.name, callers: count, rounds: [] },
            measure: (length) => contender.measure({ operation, callers: count, seconds: length }),
          });
    }
    // Side by side are those who are compared.
    turns.sort((a, b) => order(cases, a.result) - order(cases, b.result) || a.result.callers - b.result.callers);
    for (const { measure } of turns) await measure(seconds * WARM_UP);
    for (let round = 1; round <= rounds; round++) {
      say(`${cases.map(({ name }) => name).join(' and ')}: round ${round} of ${rounds}`);
      for (const { result, measure } of turns) result.rounds.push(await measure(seconds));
    }
    return turns.map(({ result }) => result);
  } finally {
    await Promise.all(opened.map((contender) => contender.close()));
  }
}

const order = (cases: CaseGroup['cases'], result: CaseRounds): number =>
  cases.findIndex(({ name }) => name === result.case);
