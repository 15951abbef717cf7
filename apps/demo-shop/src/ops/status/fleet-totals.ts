import type { SiteName } from '@switchyard/session-backends/fence';
import type { ProcessSeen } from '@switchyard/session-move';

/** What all processes together do at one database, by their latest reports. */
export interface SideTotals {
  readonly statementsPerSecond: number;
  readonly readsPerSecond: number;
  readonly writesPerSecond: number;
  readonly errorsPerSecond: number;
  /** In milliseconds: the processes' medians, weighted by their statements; 0 without statements. */
  readonly p50Ms: number;
  /** The highest of the processes'. */
  readonly p99Ms: number;
}

export interface FleetTotals {
  /** Processes that have reported of late. */
  readonly reporting: number;
  /** Those that have fallen silent; a stale process can do no harm. */
  readonly silent: number;
  readonly old: SideTotals;
  readonly new: SideTotals;
  /** `undefined`: no process has a cache. */
  readonly cache:
    { readonly readsPerSecond: number; readonly missesPerSecond: number; readonly errorsPerSecond: number } | undefined;
  /** Of all sessions that were read, 0 to 1; `undefined`: none was. */
  readonly readShares: { readonly cache: number; readonly old: number; readonly new: number } | undefined;
}

/** A report is made every two seconds. */
export const SILENT_MS = 10_000;

export function fleetTotals(fleet: readonly ProcessSeen[]): FleetTotals {
  const reporting = fleet.filter(({ silentForMs, windowMs }) => silentForMs <= SILENT_MS && windowMs > 0);
  const perSecond = (count: (process: ProcessSeen) => number): number =>
    reporting.reduce((sum, process) => sum + (count(process) / process.windowMs) * 1_000, 0);

  const side = (name: SiteName): SideTotals => {
    const reports = reporting.map(({ sides }) => sides[name]);
    const statements = reports.reduce((sum, report) => sum + report.statements, 0);
    return {
      statementsPerSecond: perSecond(({ sides }) => sides[name].statements),
      readsPerSecond: perSecond(({ sides }) => sides[name].reads),
      writesPerSecond: perSecond(({ sides }) => sides[name].writes),
      errorsPerSecond: perSecond(({ sides }) => sides[name].errors),
      p50Ms:
        statements === 0 ? 0 : reports.reduce((sum, report) => sum + report.p50Ms * report.statements, 0) / statements,
      p99Ms: Math.max(0, ...reports.map(({ p99Ms }) => p99Ms)),
    };
  };

  const hasCache = reporting.some(({ cache }) => cache !== null);
  const cache = hasCache
    ? {
        readsPerSecond: perSecond((process) => process.cache?.reads ?? 0),
        missesPerSecond: perSecond((process) => process.cache?.misses ?? 0),
        errorsPerSecond: perSecond((process) => process.cache?.errors ?? 0),
      }
    : undefined;
  const sides = { old: side('old'), new: side('new') };
  const read = (cache?.readsPerSecond ?? 0) + sides.old.readsPerSecond + sides.new.readsPerSecond;
  return {
    reporting: reporting.length,
    silent: fleet.length - reporting.length,
    ...sides,
    cache,
    readShares:
      read === 0
        ? undefined
        : {
            cache: (cache?.readsPerSecond ?? 0) / read,
            old: sides.old.readsPerSecond / read,
            new: sides.new.readsPerSecond / read,
          },
  };
}
