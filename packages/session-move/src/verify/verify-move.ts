import type { StoredKey } from '@switchyard/session-backends';
import { traced } from '../traced.ts';
import { comparePages } from './compare-pages.ts';
import { isFinding, judge } from './judge.ts';
import { lookAt } from './look.ts';
import { createPace } from './pace.ts';
import { repairRows, type Suspect } from './repair.ts';
import { sampleKeys } from './sample-keys.ts';
import { openScope, type BothSides, type Scope } from './scope.ts';
import { createTally } from './tally.ts';
import { checkVerifyOptions, type VerifyOptions } from './verify-options.ts';
import type { VerifyReport } from './verify-report.ts';

/** Keys that are looked at, and repaired, together. */
const BATCH = 500;

/**
 * Compares both sides of a move while writes go on, in either direction and in any phase. What differs is told apart: what
 * is only on its way, or not copied yet, or has expired is counted; what would be lost, is damaged or came past the fences
 * is a finding. Reads only, unless it is to repair. Every statement is a short one.
 *
 * @throws {MoveError} NOT_NOW, ILLEGAL_FENCES, WRONG_KEY_ENCODING
 * @throws {TypeError} when an option makes no sense
 * @throws the reason of `signal`, once it is aborted
 */
export async function verifyMove(sides: BothSides, options: VerifyOptions = {}): Promise<VerifyReport> {
  checkVerifyOptions(options);
  return traced('move.compare', {}, async (span) => {
    const report = await compareSides(sides, options);
    span?.setAttributes({
      'switchyard.clean': report.clean,
      'switchyard.rows.old': report.rows.old,
      'switchyard.rows.new': report.rows.new,
    });
    return report;
  });
}

async function compareSides(sides: BothSides, options: VerifyOptions): Promise<VerifyReport> {
  const { keyEncoding = 'sha256', sample, signal, maxRowsPerSecond, onProgress } = options;
  const startedAt = new Date();
  signal?.throwIfAborted();
  const scope = await openScope(sides, keyEncoding);
  const tally = createTally(scope, keyEncoding === 'plain');
  const totalRows = scope.rows * (sample ?? 1);
  const pace = createPace({ totalRows, maxRowsPerSecond, signal, onProgress });
  for await (const page of sample === undefined ? comparePages(scope) : sampleKeys(scope, sample)) {
    tally.compared(page);
    for (let i = 0; i < page.suspects.length; i += BATCH) {
      const suspects = await lookAndJudge(scope, page.suspects.slice(i, i + BATCH));
      for (const { verdict } of suspects) tally.judged(verdict);
      const wrong = suspects.filter(({ verdict }) => isFinding(verdict.kind));
      const still =
        options.repair === true ? await repair(scope, wrong, options) : new Set(wrong.map(({ key }) => key));
      for (const suspect of wrong) tally.finding(suspect, !still.has(suspect.key));
    }
    await pace.after(Math.max(page.rows.old, page.rows.new));
  }
  return tally.report(startedAt, sample);
}

async function lookAndJudge(scope: Scope, keys: readonly StoredKey[]): Promise<Suspect[]> {
  const sightings = await lookAt(scope, keys);
  return [...sightings].map(([key, sighting]) => ({ key, sighting, verdict: judge(sighting) }));
}

/** Resolves to the keys that are wrong still. */
async function repair(
  scope: Scope,
  wrong: readonly Suspect[],
  { discardRogue = false }: VerifyOptions,
): Promise<Set<StoredKey>> {
  if (wrong.length === 0) return new Set();
  await repairRows(scope, wrong, discardRogue);
  const after = await lookAndJudge(
    scope,
    wrong.map(({ key }) => key),
  );
  return new Set(after.filter(({ verdict }) => isFinding(verdict.kind)).map(({ key }) => key));
}
