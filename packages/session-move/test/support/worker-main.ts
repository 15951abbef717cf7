// A worker in a process of its own, to be killed and stopped. Tells its events on stdout, a line each; ends on SIGTERM as
// an operator's would, and with the test that started it.
import pg from 'pg';
import { createPool } from '@switchyard/databases';
import { pgExecutor, pgListen } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { pgMoveDatabase } from '../../src/move-database.ts';
import type { MoveSide } from '../../src/move-side.ts';
import { createMoveWorker } from '../../src/worker/move-worker.ts';

const [oldUrl, newUrl] = process.argv.slice(2) as [string, string];
const pools = { old: createPool(oldUrl), new: createPool(newUrl) };
const side = (name: SiteName): MoveSide => ({
  database: pgMoveDatabase(pools[name]),
  site: postgresSite({ name, executor: pgExecutor(pools[name]) }),
});
const worker = createMoveWorker({
  old: side('old'),
  new: side('new'),
  listenOld: pgListen(() => new pg.Client({ connectionString: oldUrl })),
  listenNew: pgListen(() => new pg.Client({ connectionString: newUrl })),
  onEvent: (event) => process.stdout.write(`${JSON.stringify(event)}\n`),
});
process.on('SIGTERM', () => void worker.close());
process.stdin.on('end', () => process.exit(1)).resume();
await worker.run();
process.exit(0);
