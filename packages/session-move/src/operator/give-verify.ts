import type { KeyEncoding } from '@switchyard/session-backends';
import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveSide } from '../move-side.ts';
import { recordVerify } from '../verify/record-verify.ts';
import { verifyMove } from '../verify/verify-move.ts';
import type { VerifyOptions } from '../verify/verify-options.ts';
import type { VerifyReport } from '../verify/verify-report.ts';
import type { MoveOperator, Outcome } from './move-operator.ts';
import type { VerbOptions } from './verb-options.ts';

export interface GiveVerifyContext extends Pick<VerifyOptions, 'onProgress'> {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly keyEncoding?: KeyEncoding;
  /** Who does it, as `user@host`. */
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly onVerified: (report: VerifyReport) => void;
}

/** Has the operator compare both databases, and keep what came of it. */
export function giveVerify(
  operator: MoveOperator,
  { repair = false, repairRogue = false, sample, rate }: VerbOptions,
  { sides, keyEncoding, actor, signal, onProgress, onVerified }: GiveVerifyContext,
): Promise<Outcome<{ readonly clean: boolean }>> {
  const detail = {
    repair,
    sample: sample ?? null,
    ...(repairRogue && { repairRogue }),
    ...(rate !== undefined && { rate }),
  };
  return operator.run('verify', detail, async () => {
    const report = await verifyMove(sides, {
      repair,
      discardRogue: repairRogue,
      signal,
      ...(keyEncoding !== undefined && { keyEncoding }),
      ...(onProgress !== undefined && { onProgress }),
      ...(sample !== undefined && { sample }),
      ...(rate !== undefined && { maxRowsPerSecond: rate }),
    });
    await recordVerify(sides, actor, report);
    onVerified(report);
    return { clean: report.clean };
  });
}
