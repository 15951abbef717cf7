import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveDatabase } from '../move-database.ts';
import type { ProcessReport, SideReport, SiteMeter } from './site-meter.ts';

export interface HeartbeatOptions {
  /** All databases of the sessions; each gets the report if it can be reached. */
  readonly databases: readonly Pick<MoveDatabase, 'query'>[];
  readonly meter: SiteMeter;
  /** What the process is, for an operator to read. Default is "app". */
  readonly role?: string;
  /** Default is 2,000. */
  readonly everyMs?: number;
}

export interface Heartbeat {
  /** Stops, and takes the process off the list. */
  close(): Promise<void>;
}

/** A process that an operator sees. */
export interface ProcessSeen extends ProcessReport {
  readonly name: string;
  readonly role: string;
  /** Counts its reports, from 0: the same number is the same report. */
  readonly beat: number;
  /** By the database's clock, in milliseconds. */
  readonly silentForMs: number;
}

/** Of processes that write by another library: its table's triggers report them. */
export const LIBRARY_ROLE = 'library';

/** Heartbeats are leases on being there: rows of `session_lease` under this prefix, the report as their holder. */
const PREFIX = 'process/';

/** After this long without a report a process is forgotten. */
const FORGOTTEN_AFTER_MS = 600_000;

const BEAT = `insert into session_lease (name, holder, token, expires_at)
  values ($1, $2, $3, clock_timestamp() + $4 * interval '1 ms')
  on conflict (name) do update set holder = excluded.holder, token = excluded.token, expires_at = excluded.expires_at`;

const LEAVE = 'delete from session_lease where name = $1';

const FORGET = `delete from session_lease where name like '${PREFIX}%' and expires_at < clock_timestamp()`;

const SEEN = `select name, holder,
    $1 - extract(epoch from expires_at - clock_timestamp())::float8 * 1000 as silent_ms
  from session_lease where name like '${PREFIX}%' and expires_at > clock_timestamp()`;

/**
 * Tells operators that this process is there, what it sees and how long its statements take. Nothing depends on it: a
 * process that is silent is as safe as one that is not.
 */
export function startHeartbeat({ databases, meter, role = 'app', everyMs = 2_000 }: HeartbeatOptions): Heartbeat {
  const name = `${PREFIX}${hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;
  let beats = 0;
  let beating: Promise<void> | undefined;

  const everywhere = (text: string, values: readonly unknown[]): Promise<unknown> =>
    Promise.allSettled(databases.map((database) => database.query(text, values)));

  const beat = async (): Promise<void> => {
    const report = meter.take();
    await everywhere(BEAT, [
      name,
      JSON.stringify({ role, beat: beats, ...report }),
      report.lowestEpoch,
      FORGOTTEN_AFTER_MS,
    ]);
    if (beats++ % 100 === 0) await everywhere(FORGET, []);
  };

  /** One at a time: a database that does not answer must not make them pile up. */
  const beatInTurn = (): void => {
    beating ??= beat().finally(() => {
      beating = undefined;
    });
  };

  const timer = setInterval(beatInTurn, everyMs);
  timer.unref();
  beatInTurn();
  return {
    close: async () => {
      clearInterval(timer);
      await beating;
      await everywhere(LEAVE, [name]);
    },
  };
}

/** The processes that have reported of late, by name; each by the newest of its reports. */
export async function readFleet(databases: readonly Pick<MoveDatabase, 'query'>[]): Promise<ProcessSeen[]> {
  const answers = await Promise.allSettled(databases.map((database) => database.query(SEEN, [FORGOTTEN_AFTER_MS])));
  const newest = new Map<string, ProcessSeen>();
  for (const answer of answers)
    for (const row of answer.status === 'fulfilled' ? answer.value : []) {
      const name = String(row['name']).slice(PREFIX.length);
      const silentForMs = Math.max(0, Math.round(Number(row['silent_ms'])));
      if ((newest.get(name)?.silentForMs ?? Number.POSITIVE_INFINITY) <= silentForMs) continue;
      newest.set(name, {
        name,
        silentForMs,
        ...readReport(String(row['holder'])),
      });
    }
  return [...newest.values()].sort((a, b) => a.name.localeCompare(b.name));
}

/** A process of an earlier version tells less. */
function readReport(text: string): Omit<ProcessSeen, 'name' | 'silentForMs'> {
  const report = JSON.parse(text) as Partial<ProcessSeen> & { role: string };
  const side = (name: SiteName): SideReport => ({ ...NOTHING, ...report.sides?.[name] });
  return {
    role: report.role,
    beat: report.beat ?? 0,
    windowMs: report.windowMs ?? 0,
    lowestEpoch: report.lowestEpoch ?? 0,
    highestEpoch: report.highestEpoch ?? 0,
    sides: { old: side('old'), new: side('new') },
    cache: report.cache ?? null,
  };
}

const NOTHING: SideReport = { statements: 0, errors: 0, reads: 0, writes: 0, errorCodes: {}, p50Ms: 0, p99Ms: 0 };
