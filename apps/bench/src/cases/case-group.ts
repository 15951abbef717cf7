import type { Contender } from '../contenders/contender.ts';
import type { Task } from '../measurement.ts';
import type { Stage } from '../stage/open-stage.ts';

export const CASES = ['load', 'save', 'cached-load', 'cached-save', 'request', 'save-moving'] as const;
export type CaseName = (typeof CASES)[number];

export interface GroupSettings {
  readonly stage: Stage;
  /** How many sessions each subject has. */
  readonly sessions: number;
  /** Of each subject, at each database. */
  readonly connections: number;
}

export interface GroupSubject {
  /** As in the report: ours, or a package's or program's name. */
  readonly name: string;
  /** Only asked by so many callers at once; `undefined`: by as many as anybody. */
  readonly callers?: readonly number[];
  /** `undefined`, after saying why, where it cannot take part on this machine. */
  open(settings: GroupSettings, say: (line: string) => void): Promise<Contender | undefined>;
}

/** Cases that the same subjects take part in, with the same sessions. */
export interface CaseGroup {
  readonly cases: readonly { readonly name: CaseName; readonly operation: Task['operation'] }[];
  readonly subjects: readonly GroupSubject[];
}
