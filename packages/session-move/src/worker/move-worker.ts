import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { purgeSessions, type Listen } from '@switchyard/session-backends';
import { BUCKETS, type SiteName } from '@switchyard/session-backends/fence';
import { createMoveController } from '../move-controller.ts';
import { MoveError } from '../move-error.ts';
import type { MoveSide } from '../move-side.ts';
import { databaseAlarm, OUTBOX_CHANNEL } from './alarm.ts';
import { backfillMissing, type BackfillOptions } from './backfill.ts';
import { drainLoop } from './drain-loop.ts';
import type { DrainRound } from './drain-round.ts';
import { databaseLease } from './lease.ts';
import { createSettler } from './settle-merges.ts';
import { openTerm, type Term } from './term.ts';
import { createWaker } from './waker.ts';
import { watchSide } from './watch-side.ts';
import { workerLog, type WorkerEvent, type WorkerStatus } from './worker-status.ts';

export interface MoveWorkerOptions extends Pick<BackfillOptions, 'keyEncoding' | 'throttle' | 'maxRowsPerSecond'> {
  readonly old: MoveSide;
  readonly new: MoveSide;
  /** Wakes the worker within milliseconds. Needs a connection that stays, not one through PgBouncer. Default: it looks. */
  readonly listenOld?: Listen;
  readonly listenNew?: Listen;
  /** How long a leader that has gone silent keeps the others waiting, in milliseconds. Default is 3,000. */
  readonly leaseMs?: number;
  /** Copies what was there before the move. False for a move that waits until every session has been written. Default is true. */
  readonly backfill?: boolean;
  /** Ends merges as soon as they may be ended. Default is true. */
  readonly settle?: boolean;
  /** How often what has expired is deleted at both sides, in milliseconds; false: never. Default is 60,000. */
  readonly purgeEveryMs?: number | false;
  readonly onEvent?: (event: WorkerEvent) => void;
}

export interface MoveWorker {
  /**
   * Works, or waits for its turn to, until `signal` is aborted or `close` is called. Never rejects because a database does
   * not answer: then it waits.
   */
  run(signal?: AbortSignal): Promise<void>;
  status(): WorkerStatus;
  /** Lets the batch under way end, gives the lease away and resolves then. */
  close(): Promise<void>;
}

const LEASE = 'move-worker';
const STANDBY_MS = 500;
const BACKFILL_EVERY_MS = 1_000;
const SETTLE_EVERY_MS = 1_000;

const SIDES: readonly SiteName[] = ['old', 'new'];

/**
 * Carries a move along: drains both outboxes, backfills, ends merges and purges. What there is to do is read off the fences
 * each time. Any number of processes may run one; a lease in the new database, by that database's clock, picks the one
 * that works. Correctness never depends on the lease: copies are guarded, entries are cleared by version and fences
 * changed by compare-and-set, so that two at work, or one that was stopped half-way for an hour, do no harm.
 *
 * While the new database is down, nobody leads, and there is nothing that could be copied; while the old one is, the
 * leader goes on asking. Either way each failure is reported once, and work goes on by itself.
 */
export function createMoveWorker(options: MoveWorkerOptions): MoveWorker {
  const { leaseMs = 3_000, settle = true, purgeEveryMs = 60_000, keyEncoding = 'sha256' } = options;
  const log = workerLog(options.onEvent ?? ((): void => undefined));
  const { status } = log;
  const watched = (side: SiteName): MoveSide => watchSide(options[side], (failure) => log.outcome(side, failure));
  const sides = { old: watched('old'), new: watched('new') };
  const holder = `${hostname()}/${process.pid}/${randomBytes(3).toString('hex')}`;
  const lease = databaseLease({ database: sides.new.database, name: LEASE, holder, ttlMs: leaseMs });
  const listens = { old: options.listenOld, new: options.listenNew };
  const alarms = SIDES.filter((side) => listens[side] !== undefined).map((side) =>
    databaseAlarm(sides[side].database, holder),
  );
  const stop = new AbortController();
  /** Of the leader's drain, or of the standby: whoever sleeps now. */
  const waker = createWaker();
  let running: Promise<void> | undefined;

  const settler = createSettler(
    createMoveController({
      ...sides,
      onStep: (step, buckets) => {
        if (step === 'parity' && buckets > 0) log.report({ kind: 'settled', buckets });
      },
    }),
  );
  const settleWaker = createWaker();
  let round: DrainRound | undefined;
  const onRound = (latest: DrainRound): void => {
    round = latest;
    settleWaker.wake();
  };
  /** Beside the drain: a fence that is held by somebody must not keep changes waiting. */
  const settling = async (): Promise<number> => {
    const latest = round;
    round = undefined;
    if (latest !== undefined) await settler.settle(latest, log);
    return SETTLE_EVERY_MS;
  };

  const backfiller =
    (term: Term): (() => Promise<number>) =>
    async () => {
      try {
        let isFilling = false;
        const progress = await backfillMissing(sides, {
          ...options,
          signal: term.signal,
          goOn: term.isOn,
          onProgress: (now, throttle) => {
            isFilling = true;
            if (now.covered !== status.backfill?.covered) settler.retry();
            status.backfill = { ...now, ...throttle };
          },
        });
        log.hindered('backfill', undefined);
        if (isFilling && progress?.covered === BUCKETS) {
          log.report({ kind: 'covered', rows: progress.rows });
          settleWaker.wake();
        }
      } catch (error) {
        if (!(error instanceof MoveError)) throw error;
        log.hindered('backfill', error);
      }
      return BACKFILL_EVERY_MS;
    };

  const lead = async (token: number): Promise<void> => {
    status.role = 'leader';
    status.token = token;
    log.report({ kind: 'leading', token });
    const term = openTerm(lease, stop.signal, leaseMs);
    const work = [term.repeat(drainLoop({ sides, term, log, alarms, onRound }), waker)];
    if (settle) work.push(term.repeat(settling, settleWaker));
    if (options.backfill !== false) work.push(term.repeat(backfiller(term)));
    if (purgeEveryMs !== false) work.push(term.repeat(purger(term, purgeEveryMs)));
    const results = await Promise.allSettled(work);
    const isLost = await term.end();
    status.role = 'standby';
    status.token = undefined;
    if (isLost) log.report({ kind: 'lease-lost' });
    else await lease.release().catch(() => undefined);
    await Promise.allSettled(alarms.map((alarm) => alarm.unset()));
    for (const result of results) if (result.status === 'rejected') throw result.reason;
  };

  const purger = (term: Term, everyMs: number): (() => Promise<number>) => {
    let isFirst = true;
    return async () => {
      if (!isFirst)
        for (const side of SIDES) {
          const { database, rows } = sides[side];
          const executor = { query: database.query };
          const purged =
            (await rows?.purge(term.signal)) ?? (await purgeSessions({ executor, keyEncoding, signal: term.signal }));
          if (purged > 0) log.report({ kind: 'purged', side, rows: purged });
        }
      isFirst = false;
      return everyMs;
    };
  };

  const work = async (): Promise<void> => {
    status.role = 'standby';
    const wake = (): void => waker.wake();
    const listening = await Promise.all(SIDES.map((side) => listens[side]?.(OUTBOX_CHANNEL, wake)));
    try {
      while (!stop.signal.aborted) {
        const token = await lease.acquire().catch(() => undefined);
        if (token !== undefined) await lead(token);
        if (!stop.signal.aborted) await waker.sleep(STANDBY_MS);
      }
    } finally {
      status.role = 'stopped';
      await Promise.all(listening.map((unlisten) => unlisten?.().catch(() => undefined)));
    }
  };

  return {
    run: async (signal) => {
      const end = (): void => stop.abort();
      signal?.addEventListener('abort', end);
      if (signal?.aborted === true) end();
      stop.signal.addEventListener('abort', () => waker.wake());
      running ??= work();
      try {
        await running;
      } finally {
        signal?.removeEventListener('abort', end);
      }
    },
    status: () => structuredClone(status),
    close: async () => {
      stop.abort();
      await running?.catch(() => undefined);
    },
  };
}
