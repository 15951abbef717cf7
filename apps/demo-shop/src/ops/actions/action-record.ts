import type { Check, MoveVerb, VerbOptions, VerifyFinding, VerifySummary } from '@switchyard/session-move';

/** Verbs that may not run twice at once share a slot. */
export type ActionSlot = 'change' | 'backfill' | 'verify';

export const ACTION_SLOTS: readonly ActionSlot[] = ['change', 'backfill', 'verify'];

export const slotOf = (verb: MoveVerb): ActionSlot => (verb === 'backfill' || verb === 'verify' ? verb : 'change');

/** What an operator has chosen. */
export interface VerbChoice {
  readonly verb: MoveVerb;
  /** For switch: the share that the new side is to serve; for rollback: the share that it keeps. */
  readonly percent: number;
  /** What was said beside it, as the command line takes it. */
  readonly options: VerbOptions;
}

export interface ActionProgress {
  readonly rows: number;
  readonly totalRows: number;
  readonly rowsPerSecond: number;
  readonly leftMs: number | null;
}

/**
 * One thing that an operator has had done, as the new database keeps it: so it is seen from every process, and after a
 * reload. Plain JSON; never session data or whole keys.
 */
export interface ActionRecord extends VerbChoice {
  readonly id: string;
  readonly actor: string;
  /** `host/pid` of the process that does it. */
  readonly process: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
  readonly state: 'running' | 'done' | 'refused' | 'failed' | 'stopped';
  readonly progress: ActionProgress | null;
  /** What is being waited for, what came of it, or why it failed: a sentence. */
  readonly words: string;
  /** Why it was refused. */
  readonly failed: readonly Check[];
  readonly report: VerifySummary | null;
  /** The first twenty; keys are masked. */
  readonly findings: readonly VerifyFinding[];
}

/** A record as it is found. */
export interface ActionSeen extends ActionRecord {
  readonly slot: ActionSlot;
  /** It says that it runs, but its process has fallen silent: what is done stays done, the rest is not. */
  readonly isAbandoned: boolean;
}
