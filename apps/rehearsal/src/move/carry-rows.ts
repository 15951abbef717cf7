import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { ALL_BUCKETS, backfillBucket, drain, pgMoveDatabase, type MoveSide } from '@switchyard/session-move';
import type { TwoDatabases } from '../stage/two-databases.ts';

export type MoveSides = Readonly<Record<SiteName, MoveSide>>;

export function moveSides({ pools }: TwoDatabases): MoveSides {
  const side = (name: SiteName): MoveSide => {
    const pool = name === 'old' ? pools.main : pools.sessions;
    return { database: pgMoveDatabase(pool), site: postgresSite({ name, executor: pgExecutor(pool) }) };
  };
  return { old: side('old'), new: side('new') };
}

/** Copies what was there before changes were recorded. */
export async function backfill(sides: MoveSides, moveId: string, signal: AbortSignal): Promise<number> {
  let copied = 0;
  for (const bucket of ALL_BUCKETS) {
    signal.throwIfAborted();
    copied += await backfillBucket(sides.old, sides.new, bucket, moveId, { signal });
  }
  return copied;
}

export interface Carrier {
  /** Ends when everything that was recorded so far has been carried across, both ways. */
  catchUp(): Promise<void>;
  stop(): Promise<void>;
}

const CARRY_EVERY_MS = 50;

/** Carries what changes at either side to the other one, again and again. */
export function startCarrier(sides: MoveSides, onFault: (error: unknown) => void): Carrier {
  let stopped = false;
  let running: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  const carry = async (): Promise<void> => {
    await drain(sides.old, sides.new);
    await drain(sides.new, sides.old);
  };
  const inTurn = (): Promise<void> => (running = running.then(carry));
  const loop = async (): Promise<void> => {
    await inTurn().catch(onFault);
    if (!stopped) timer = setTimeout(() => void loop(), CARRY_EVERY_MS);
  };
  void loop();
  return {
    catchUp: inTurn,
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await running.catch(() => undefined);
    },
  };
}
