import { describeAge, giveVerify, type VerifyReport } from '@switchyard/session-move';
import { actor } from '../../actor.ts';
import { EXIT } from '../../exit-codes.ts';
import { interruptible } from '../../interruptible.ts';
import { print, printJson } from '../../output.ts';
import { progressLine } from '../../progress-line.ts';
import { tellPlan, type ChangeOptions } from './change-verb.ts';
import { openMove } from './open-move.ts';
import { printRefusal } from './print-plan.ts';

export async function verifyVerb(project: string, options: ChangeOptions): Promise<number> {
  const { dryRun, json } = options;
  const move = await openMove(project);
  try {
    return await interruptible(async (signal) => {
      const operator = move.operator({ signal });
      if (dryRun === true) return await tellPlan(operator, 'verify', 100, options);
      const progress = progressLine('compared');
      let report: VerifyReport | undefined;
      const outcome = await giveVerify(operator, options, {
        sides: move.sides,
        keyEncoding: move.keyEncoding,
        actor: actor(),
        signal,
        onProgress: progress.show,
        onVerified: (verified) => {
          progress.end();
          report = verified;
        },
      }).finally(progress.end);
      if (report === undefined) {
        if (json === true) printJson(outcome);
        else if (!outcome.done) printRefusal(outcome.plan);
        return EXIT.refused;
      }
      if (json === true) printJson(report);
      else printReport(report);
      return report.clean ? EXIT.done : EXIT.findings;
    });
  } finally {
    await move.close();
  }
}

function printReport(report: VerifyReport): void {
  const { rows, buckets, lag, expiredOnly, notCovered, found, repaired, findings, sample, clean } = report;
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1_000;
  const share = sample === null ? '' : `, a sample of ${(sample * 100).toFixed(1)} %`;
  print(
    `compared ${rows.old} rows of the old and ${rows.new} of the new database in ${buckets.compared} buckets, ${seconds.toFixed(1)} s${share}`,
  );
  for (const [phase, count] of Object.entries(buckets.skipped)) print(`  not compared: ${count} buckets (${phase})`);
  print(
    `  on their way: ${lag.waiting}${lag.waiting > 0 ? ` (the oldest for ${describeAge(lag.oldestMs)})` : ''}; arrived meanwhile: ${lag.caughtUp}`,
  );
  print(`  expired, and purged on one side only: ${expiredOnly}`);
  if (notCovered > 0) print(`  not copied yet: ${notCovered} (switchyard move backfill)`);
  for (const kind of ['lost-capture', 'corruption', 'rogue-writer'] as const)
    if (found[kind] > 0) print(`✗ ${kind}: ${found[kind]}${repaired[kind] > 0 ? `, ${repaired[kind]} repaired` : ''}`);
  for (const { kind, key, bucket, old, new: fresh, differs, repaired: isRepaired } of findings.slice(0, 20)) {
    const what = differs.length > 0 ? ` (${differs.join(', ')})` : '';
    print(
      `    ${key}…  bucket ${bucket}  ${kind}${what}  old ${describe(old)}  new ${describe(fresh)}${isRepaired ? '  repaired' : ''}`,
    );
  }
  print(
    clean ? 'clean: what the old database has, the new one has or will have' : 'NOT clean: see above, and the runbook',
  );
}

const describe = (found: VerifyReport['findings'][number]['old']): string =>
  found === null ? 'no row' : `${found.state} ${found.version}`;
