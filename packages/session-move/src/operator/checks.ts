import { otherSite, type SiteName } from '@switchyard/session-backends/fence';
import { LIBRARY_ROLE, type ProcessSeen } from '../fleet/heartbeat.ts';
import type { Lag } from '../worker/read-lag.ts';
import type { SideProbe } from './probe-side.ts';

/** What an operator may change about when a step is refused. */
export interface Thresholds {
  /** Changes that the other database may lack. Default is 1,000. */
  readonly maxLagEntries: number;
  /** Age of the oldest of them. Default is 5,000 ms. */
  readonly maxLagMs: number;
  /** Age of the last clean verify. Default is an hour. */
  readonly maxVerifyAgeMs: number;
  /** Of a statement at either database, at the median. Default is 250 ms. */
  readonly maxLatencyMs: number;
  /** Between the clocks of the databases. Default is 5,000 ms. */
  readonly maxClockDifferenceMs: number;
  /** Age of the oldest open transaction at either database. Default is 30 s. */
  readonly maxTransactionSeconds: number;
  /** Since the last write of another library to its table, where sessions move away from one. Default is 60 s. */
  readonly minLibrarySilenceMs: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = Object.freeze({
  maxLagEntries: 1_000,
  maxLagMs: 5_000,
  maxVerifyAgeMs: 3_600_000,
  maxLatencyMs: 250,
  maxClockDifferenceMs: 5_000,
  maxTransactionSeconds: 30,
  minLibrarySilenceMs: 60_000,
});

/** Something that has to hold before a step. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** What was found. */
  readonly value: string;
  /** What is asked for. */
  readonly threshold: string;
  /** What to do when it does not hold. */
  readonly remedy: string;
}

export type Probes = Readonly<Record<SiteName, SideProbe>>;
type Reached = Extract<SideProbe, { reachable: true }>;

const SIDES: readonly SiteName[] = ['old', 'new'];

/** Everything that can be told of the two databases by looking at them from outside. */
export function databaseChecks(probes: Probes, limits: Thresholds): Check[] {
  const reached = SIDES.flatMap((side) => {
    const probe = probes[side];
    return probe.reachable ? [{ side, probe }] : [];
  });
  return [
    ...SIDES.map((side) => reachableCheck(side, probes[side])),
    ...reached.flatMap(({ side, probe }) => sideChecks(side, probe, limits)),
    ...(reached.length === 2
      ? [
          clockCheck(
            reached.map(({ probe }) => probe),
            limits,
          ),
        ]
      : []),
  ];
}

const reachableCheck = (side: SiteName, probe: SideProbe): Check => ({
  name: `${side} database answers`,
  ok: probe.reachable,
  value: probe.reachable ? 'yes' : `no (${probe.why})`,
  threshold: 'yes',
  remedy: `bring the ${side} database back; the ${otherSite(side)} one goes on serving what it serves`,
});

function sideChecks(side: SiteName, probe: Reached, limits: Thresholds): Check[] {
  const { missing, oldestTransaction: oldest } = probe;
  return [
    {
      name: `${side} database is migrated`,
      ok: missing.length === 0,
      value: missing.length === 0 ? 'all tables and columns' : `lacks ${missing.slice(0, 4).join(', ')}`,
      threshold: 'all tables and columns',
      remedy: 'npx switchyard migrate, see the runbook',
    },
    {
      name: `${side} database can be written`,
      ok: probe.writable,
      value: probe.writable ? 'yes' : 'read only',
      threshold: 'yes',
      remedy: 'it is a replica, or set to read only: connect to the primary',
    },
    {
      name: `${side} database runs READ COMMITTED`,
      ok: probe.isolation === 'read committed',
      value: probe.isolation,
      threshold: 'read committed',
      remedy: 'alter database … set default_transaction_isolation to "read committed", and reconnect',
    },
    {
      name: `${side} database is fast`,
      ok: probe.p50Ms <= limits.maxLatencyMs,
      value: `${probe.p50Ms.toFixed(1)} ms`,
      threshold: `≤ ${limits.maxLatencyMs} ms`,
      remedy: 'wait until its load goes down, or find out what it waits for',
    },
    {
      name: `${side} database has no long transaction`,
      ok: (oldest?.seconds ?? 0) <= limits.maxTransactionSeconds,
      value: oldest === undefined ? 'none' : `${oldest.seconds} s (pid ${oldest.pid}, ${oldest.application})`,
      threshold: `≤ ${limits.maxTransactionSeconds} s`,
      remedy: 'let it finish, or end it with pg_terminate_backend',
    },
  ];
}

function clockCheck([old, fresh]: readonly Reached[], limits: Thresholds): Check {
  const apart = Math.abs((old as Reached).clockOffsetMs - (fresh as Reached).clockOffsetMs);
  return {
    name: 'clocks of the databases agree',
    ok: apart <= limits.maxClockDifferenceMs,
    value: apart < 1_000 ? `${Math.round(apart)} ms apart` : `${(apart / 1_000).toFixed(1)} s apart`,
    threshold: `≤ ${limits.maxClockDifferenceMs / 1_000} s`,
    remedy: 'set the clocks by NTP: sessions expire by the clock of the database that they are in',
  };
}

export const lagCheck = (from: SiteName, { entries, oldestMs }: Lag, limits: Thresholds): Check => ({
  name: `lag from the ${from} to the ${otherSite(from)} database`,
  ok: entries <= limits.maxLagEntries && oldestMs <= limits.maxLagMs,
  value: `${entries} changes, the oldest ${Math.round(oldestMs)} ms old`,
  threshold: `≤ ${limits.maxLagEntries} changes, ≤ ${limits.maxLagMs} ms`,
  remedy: 'is a worker running? See switchyard move status; wait until it has caught up',
});

/** What it reads after a switch is a moment old, and what it writes is refused. */
export function libraryCheck(fleet: readonly ProcessSeen[], limits: Thresholds): Check {
  const writing = fleet.filter(
    ({ role, silentForMs }) => role === LIBRARY_ROLE && silentForMs < limits.minLibrarySilenceMs,
  );
  const [first] = writing;
  return {
    name: 'no process writes by the library any more',
    ok: first === undefined,
    value:
      first === undefined
        ? 'none'
        : `${writing.length}, ${first.name} among them, ${describeAge(Math.min(...writing.map(({ silentForMs }) => silentForMs)))} ago`,
    threshold: `none within ${describeAge(limits.minLibrarySilenceMs)}`,
    remedy: 'replace it by the release that opens its sessions through Switchyard, and wait',
  };
}

export const triggersCheck = (missing: readonly string[]): Check => ({
  name: 'triggers of the old table',
  ok: missing.length === 0,
  value: missing.length === 0 ? 'on' : `${missing.join(', ')} missing, or switched off`,
  threshold: 'on',
  remedy:
    'what the library has written without them is not carried: roll back if anything has been switched, cancel, drop the schema of the move, and start again',
});

export const emptyCheck = (mayEmpty: boolean): Check => ({
  name: 'old table may be emptied',
  ok: mayEmpty,
  value: mayEmpty ? 'yes' : 'not by this user',
  threshold: 'yes',
  remedy: 'grant truncate on it to this user, or give the command as its owner',
});

export const coverageCheck = (covered: number, wanted: number): Check => ({
  name: 'backfill',
  ok: covered === wanted,
  value: `${covered} of ${wanted} buckets`,
  threshold: `${wanted} of ${wanted} buckets`,
  remedy: 'switchyard move backfill',
});

/** `ageMs` undefined: there has been none in this move. */
export const verifyCheck = (
  last: { readonly clean: boolean; readonly ageMs: number } | undefined,
  limits: Thresholds,
): Check => ({
  name: 'verify',
  ok: last !== undefined && last.clean && last.ageMs <= limits.maxVerifyAgeMs,
  value:
    last === undefined ? 'none in this move' : `${last.clean ? 'clean' : 'NOT clean'}, ${describeAge(last.ageMs)} ago`,
  threshold: `clean, ≤ ${describeAge(limits.maxVerifyAgeMs)} ago`,
  remedy: last?.clean === false ? 'switchyard move verify --repair, then verify again' : 'switchyard move verify',
});

export function describeAge(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 120_000) return `${Math.round(ms / 1_000)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`;
}
