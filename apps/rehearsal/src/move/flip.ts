import { wait } from './wait.ts';
import type { Pool } from 'pg';
import { RehearsalError } from '../rehearsal-error.ts';
import type { ShopProcess } from '../stage/shop-process.ts';

/** Both flags, as an operator has set them. */
export interface FlagValues {
  readonly migrationFlag: boolean;
  readonly newDbRouterFlag: boolean;
}

const NAMES = { migrationFlag: 'migration_flag', newDbRouterFlag: 'new_db_router_flag' } as const;

/** Sets one flag in the main database, which announces it. */
export async function setFlag(main: Pool, flag: keyof FlagValues, enabled: boolean): Promise<void> {
  const { rowCount } = await main.query('update feature_flag set enabled = $2, updated_at = now() where name = $1', [
    NAMES[flag],
    enabled,
  ]);
  if (rowCount !== 1) throw new Error(`the main database has no flag "${NAMES[flag]}"`);
}

const SETTLE_LIMIT_MS = 20_000;
const ASK_EVERY_MS = 25;

/**
 * Waits, as a careful operator does, until every process sees the flags and has ended the requests that began before.
 * @throws {RehearsalError} FLEET_NOT_SETTLED after 20 seconds
 */
export async function settled(
  processes: readonly ShopProcess[],
  flags: FlagValues,
  signal: AbortSignal,
): Promise<void> {
  const giveUpAt = performance.now() + SETTLE_LIMIT_MS;
  for (let waiting = processes; ;) {
    const asked = await Promise.all(
      waiting.map(async (process) => ((await isSettled(process, flags)) ? [] : [process])),
    );
    waiting = asked.flat();
    const [first] = waiting;
    if (first === undefined) return;
    if (performance.now() > giveUpAt) throw notSettled(first);
    await wait(ASK_EVERY_MS, signal);
  }
}

/** One that does not tell, because it is away or its database is, may still see what was. */
async function isSettled(process: ShopProcess, wanted: FlagValues): Promise<boolean> {
  const state = await process.state().catch(() => undefined);
  if (state === undefined) return false;
  const { flags, onOlderFlags } = state;
  return (
    flags.migrationFlag === wanted.migrationFlag &&
    flags.newDbRouterFlag === wanted.newDbRouterFlag &&
    onOlderFlags === 0
  );
}

const notSettled = ({ pid, port }: ShopProcess): RehearsalError =>
  new RehearsalError(
    'FLEET_NOT_SETTLED',
    `Process ${pid()} of the shop (port ${port}) still sees older flags, or serves requests on them, ${SETTLE_LIMIT_MS / 1_000} s after the flip.`,
  );
