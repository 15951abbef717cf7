import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveError } from '../move-error.ts';
import type { BackfillProgress } from './backfill-progress.ts';
import type { Lag } from './read-lag.ts';
import type { ThrottleState } from './throttle.ts';

export interface WorkerStatus {
  /** A standby waits for the leader to go. */
  readonly role: 'stopped' | 'standby' | 'leader';
  /** Of the lease, which counts up with each leader; `undefined` unless this one leads. */
  readonly token: number | undefined;
  /** What waits at a side for the other one, as last looked at, about once a second; `undefined`: not looked at yet. */
  readonly lag: Readonly<Record<SiteName, Lag | undefined>>;
  /** Entries that stay because the other side refuses their rows and lacks them. */
  readonly lost: Readonly<Record<SiteName, number>>;
  /** `undefined`: this leader has copied nothing yet. */
  readonly backfill: (BackfillProgress & ThrottleState) | undefined;
  /** Why the last statement at a side failed; `undefined` while they are answered. */
  readonly failing: Readonly<Record<SiteName, string | undefined>>;
}

/** What is worth a line in a log. None is repeated while it stays true. */
export type WorkerEvent =
  | { readonly kind: 'leading'; readonly token: number }
  | { readonly kind: 'lease-lost' }
  | { readonly kind: 'side-failing'; readonly side: SiteName; readonly why: string }
  | { readonly kind: 'side-recovered'; readonly side: SiteName }
  /** The other side refuses rows and lacks them: LOST_AT_DESTINATION. Their entries stay; no merge ends before. */
  | { readonly kind: 'lost-at-destination'; readonly from: SiteName; readonly entries: number }
  | { readonly kind: 'covered'; readonly rows: number }
  | { readonly kind: 'settled'; readonly buckets: number }
  | { readonly kind: 'purged'; readonly side: SiteName; readonly rows: number }
  /** Something is not possible now, and is tried again: a merge could not be ended, the backfill not go on. */
  | { readonly kind: 'hindered'; readonly error: MoveError };

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type MutableStatus = { -readonly [K in keyof WorkerStatus]: Mutable<WorkerStatus[K]> };

/** What the parts of a worker tell each other and the outside. */
export interface WorkerLog {
  readonly status: MutableStatus;
  report(event: WorkerEvent): void;
  /** To be told of every statement's outcome. */
  outcome(side: SiteName, failure: string | undefined): void;
  /** Reports what hinders once, until something else does or nothing. */
  hindered(what: 'settle' | 'backfill', error: MoveError | undefined): void;
}

/** A side that answers some statements and refuses others has not recovered. */
const RECOVERED_AFTER_MS = 2_000;

export function workerLog(onEvent: (event: WorkerEvent) => void): WorkerLog {
  const failedAt = { old: 0, new: 0 };
  const hindrance: Record<string, string> = {};
  const status: MutableStatus = {
    role: 'stopped',
    token: undefined,
    lag: { old: undefined, new: undefined },
    lost: { old: 0, new: 0 },
    backfill: undefined,
    failing: { old: undefined, new: undefined },
  };
  return {
    status,
    report: onEvent,
    outcome: (side, failure) => {
      const before = status.failing[side];
      if (failure !== undefined) {
        failedAt[side] = performance.now();
        status.failing[side] = failure;
        if (before === undefined) onEvent({ kind: 'side-failing', side, why: failure });
      } else if (before !== undefined && performance.now() - failedAt[side] > RECOVERED_AFTER_MS) {
        status.failing[side] = undefined;
        onEvent({ kind: 'side-recovered', side });
      }
    },
    hindered: (what, error) => {
      const code = error?.code ?? '';
      if (error !== undefined && hindrance[what] !== code) onEvent({ kind: 'hindered', error });
      hindrance[what] = code;
    },
  };
}
