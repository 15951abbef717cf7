import { ALIASES, type Alias } from '@switchyard/databases';
import { EXIT } from '../../exit-codes.ts';
import { explainFailure } from '../../explain-failure.ts';
import { print, printJson } from '../../output.ts';
import { migrateOne } from './migrate-one.ts';
import type { MigrateOutcome, MigrateVerb } from './migrate-verb.ts';

/** `--all`: every database, one after the other, each with its status; one that is refused does not keep back the others. */
export async function migrateAll(project: string, verb: MigrateVerb, json: boolean): Promise<number> {
  const outcomes: (readonly [Alias, MigrateOutcome])[] = [];
  for (const alias of ALIASES) {
    const outcome = await migrateOne(project, alias, alias, verb).catch((error: unknown) => refusal(alias, error));
    if (!json) outcome.lines.forEach(print);
    outcomes.push([alias, outcome]);
  }
  if (json) printJson({ databases: outcomes.map(([database, { facts }]) => ({ database, ...facts })) });
  const codes = outcomes.map(([, { exitCode }]) => exitCode);
  return [EXIT.refused, EXIT.findings].find((code) => codes.includes(code)) ?? EXIT.done;
}

function refusal(alias: Alias, error: unknown): MigrateOutcome {
  const explained = explainFailure(error);
  if (explained === undefined) throw error;
  return { facts: { refused: explained }, lines: [`${alias}: ${explained}`], exitCode: EXIT.refused };
}
