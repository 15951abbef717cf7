import { createPool } from '@switchyard/databases';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { pgMoveDatabase, type MoveSide } from '@switchyard/session-move';

type Pool = ReturnType<typeof createPool>;

export interface OpenSides {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly pools: Readonly<Record<SiteName, Pool>>;
}

/** Both databases of the move, as its tools see them; by the addresses that the environment names. */
export function openSides(applicationName: string): OpenSides {
  const pool = (variable: string): Pool => createPool(process.env[variable] as string, { max: 8, applicationName });
  const pools = { old: pool('MAIN_DATABASE_URL'), new: pool('SESSIONS_DATABASE_URL') };
  const side = (name: SiteName): MoveSide => ({
    database: pgMoveDatabase(pools[name]),
    site: postgresSite({ name, executor: pgExecutor(pools[name]) }),
  });
  return { sides: { old: side('old'), new: side('new') }, pools };
}
