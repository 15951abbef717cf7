import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveStatus } from '@switchyard/session-move';
import type { ActionSeen } from '../actions/action-record.ts';
import type { BucketState } from './bucket-states.ts';
import type { ErrorCount } from './error-tally.ts';
import type { FillStatus } from './fill-status.ts';
import type { FleetTotals } from './fleet-totals.ts';
import type { SideStats } from './side-stats.ts';
import type { WorkerSeen } from './worker-seen.ts';

/** Everything that the console shows, as of one moment. What a database that is away would say is missing. */
export interface ConsoleStatus {
  /** Milliseconds. */
  readonly at: number;
  readonly move: MoveStatus;
  /** All 256. */
  readonly buckets: readonly BucketState[];
  readonly stats: Readonly<Partial<Record<SiteName, SideStats>>>;
  /** `undefined`: no move, or the new database is away. */
  readonly fill: FillStatus | undefined;
  readonly worker: WorkerSeen | undefined;
  readonly actions: readonly ActionSeen[];
  readonly fleet: FleetTotals;
  readonly errors: readonly ErrorCount[];
}
