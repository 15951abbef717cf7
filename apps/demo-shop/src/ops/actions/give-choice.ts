import type { SiteName } from '@switchyard/session-backends/fence';
import {
  giveBackfill,
  giveVerb,
  giveVerify,
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
  readonly onWait: (what: string) => void;
  readonly onVerified: (report: VerifyReport) => void;
}

/** Has the operator do what was chosen: the same code as that of the command line. */
export function giveChoice(
  { verb, percent, options }: VerbChoice,
  { sides, operator, actor, signal, onProgress: tell, onWait, onVerified }: VerbContext,
): Promise<Outcome> {
  const onProgress = (progress: Omit<ActionProgress, 'leftMs'> & { readonly leftMs: number | undefined }): void => {
    const { rows, totalRows, rowsPerSecond, leftMs = null } = progress;
    tell({ rows, totalRows, rowsPerSecond, leftMs });
  };
  switch (verb) {
    case 'backfill':
      return giveBackfill(operator, options, { sides, signal, onProgress, onWait });
    case 'verify':
      return giveVerify(operator, options, { sides, actor, signal, onProgress, onVerified });
    default:
      return giveVerb(operator, verb, { percent, drop: options.drop ?? false });
  }
}
