import type { SiteName } from '@switchyard/session-backends/fence';
import {
  backfill,
  giveVerb,
  recordVerify,
  verifyMove,
  type MoveOperator,
  type MoveSide,
  type Outcome,
  type VerifyReport,
} from '@switchyard/session-move';
import type { ActionProgress, VerbChoice } from './action-record.ts';

export interface VerbContext {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly operator: MoveOperator;
  readonly actor: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: ActionProgress) => void;
  readonly onVerified: (report: VerifyReport) => void;
}

/** Has the operator do what was chosen: the same code as that of the command line. */
export function giveChoice(
  { verb, percent, repair, drop }: VerbChoice,
  { sides, operator, actor, signal, onProgress, onVerified }: VerbContext,
): Promise<Outcome> {
  const tell = (progress: Omit<ActionProgress, 'leftMs'> & { readonly leftMs: number | undefined }): void => {
    const { rows, totalRows, rowsPerSecond, leftMs = null } = progress;
    onProgress({ rows, totalRows, rowsPerSecond, leftMs });
  };
  switch (verb) {
    case 'backfill':
      return operator.run('backfill', { wait: false }, async () => {
        const { covered, rows } = await backfill(sides, { signal, onProgress: tell });
        return { covered, rows };
      });
    case 'verify':
      return operator.run('verify', { repair, sample: null }, async () => {
        const report = await verifyMove(sides, { repair, signal, onProgress: tell });
        await recordVerify(sides, actor, report);
        onVerified(report);
        return { clean: report.clean };
      });
    default:
      return giveVerb(operator, verb, { percent, drop });
  }
}
