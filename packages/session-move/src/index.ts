export { backfillBucket, coveredBuckets, type BackfillBucketOptions } from './backfill.ts';
export { bucketPhase, type BucketPhase } from './bucket-phase.ts';
export { changeFences, readFences, type FenceChange, type FlipOptions } from './fence-table.ts';
export {
  ALL_BUCKETS,
  createMoveController,
  type MoveController,
  type MoveControllerOptions,
} from './move-controller.ts';
export { pgMoveDatabase, type MoveDatabase, type MovePoolLike, type MoveRow } from './move-database.ts';
export { MoveError, type MoveErrorCode } from './move-error.ts';
export { assessSource, type SourceAssessment } from './foreign/assess-source.ts';
export { findReadySource } from './foreign/find-ready-source.ts';
export { asMigration, makeReady, type MakeReadyOptions } from './foreign/make-ready.ts';
export { SOURCE_KINDS, type MoveSource, type SourceKind } from './foreign/move-source.ts';
export { isZoneWrong, sampleTimeZone, type TimeZoneSample } from './foreign/sample-time-zone.ts';
export type { SourceTier } from './foreign/source-tier.ts';
export { foreignSide, sideExecutor, type ForeignSideOptions } from './foreign/foreign-side.ts';
export type { MoveSide, SideRows } from './move-side.ts';
export { countOutbox, drain, drainBatch, type DrainOptions, type DrainResult } from './outbox.ts';
export { lastVerify, recordVerify, type LastVerify } from './verify/record-verify.ts';
export type { Progress } from './verify/pace.ts';
export type { VerifyOptions } from './verify/verify-options.ts';
export type { FindingKind, SideFound, VerifyFinding, VerifyReport, VerifySummary } from './verify/verify-report.ts';
export { verifyMove } from './verify/verify-move.ts';
export {
  readFleet,
  startHeartbeat,
  type Heartbeat,
  type HeartbeatOptions,
  type ProcessSeen,
} from './fleet/heartbeat.ts';
export {
  siteMeter,
  type CacheReport,
  type ProcessReport,
  type SideReport,
  type SiteMeter,
} from './fleet/site-meter.ts';
export type { VerbAdvice } from './operator/advise-verbs.ts';
export { readAudit, recordAudit, type AuditEntry, type AuditLine } from './operator/audit.ts';
export { DEFAULT_THRESHOLDS, describeAge, type Check, type Thresholds } from './operator/checks.ts';
export {
  explainSession,
  type RowExplained,
  type SessionExplained,
  type SideExplained,
} from './operator/explain-session.ts';
export { isLostConnection } from './is-lost-connection.ts';
export { giveBackfill, type Filled, type GiveBackfillContext } from './operator/give-backfill.ts';
export { giveVerify, type GiveVerifyContext } from './operator/give-verify.ts';
export { giveVerb, type ChangingVerb } from './operator/give-verb.ts';
export type { MoveFlagName, MoveFlagsPort } from './operator/move-flags-port.ts';
export {
  createMoveOperator,
  type Completed,
  type MoveOperator,
  type MoveOperatorOptions,
  type Outcome,
  type Switched,
} from './operator/move-operator.ts';
export { describeVerify, type MovePlan, type MoveVerb, type PlanLine } from './operator/move-plan.ts';
export { readMoveStatus, type MoveStatus, type PhaseCounts } from './operator/move-status.ts';
export {
  readPercent,
  readPositive,
  thresholdsOf,
  VERB_OPTIONS,
  whyNotTogether,
  type VerbOption,
  type VerbOptions,
} from './operator/verb-options.ts';
export type { OpenTransaction, SideProbe } from './operator/probe-side.ts';
export { waitOutAge, type WaitingOut } from './wait-out-age.ts';
export { readLag, type Lag } from './worker/read-lag.ts';
export { backfill, type BackfillOptions } from './worker/backfill.ts';
export type { BackfillProgress } from './worker/backfill-progress.ts';
export { drainAll, type DrainAllOptions } from './worker/drain-all.ts';
export { createMoveWorker, type MoveWorker, type MoveWorkerOptions } from './worker/move-worker.ts';
export type { ThrottleState } from './worker/throttle.ts';
export type { WorkerEvent, WorkerStatus } from './worker/worker-status.ts';
