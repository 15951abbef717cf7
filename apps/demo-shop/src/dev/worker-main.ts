import { createClient, createPool, type Alias } from '@switchyard/databases';
import { pgExecutor, pgListen, type Listen } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { createMoveWorker, pgMoveDatabase, type MoveSide } from '@switchyard/session-move';
import { readConfig } from '../config.ts';
import { createLogger } from '../telemetry/create-logger.ts';
import { describeWorkerEvent } from './describe-worker-event.ts';

// What carries sessions across when a move has been started; beside the shop under `npm run dev`.

const STATEMENT_TIMEOUT_MS = 60_000;

const config = readConfig(process.env);
const logger = createLogger({ ...config, logLevel: 'info' });
const urls: Readonly<Record<Alias, string>> = { main: config.oldSessionsUrl, sessions: config.sessionsUrl };
const open = (alias: Alias): ReturnType<typeof createPool> =>
  createPool(urls[alias], { max: 6, statementTimeoutMs: STATEMENT_TIMEOUT_MS, applicationName: 'shop worker' });
const pools = { old: open('main'), new: open('sessions') };
const side = (name: SiteName): MoveSide => ({
  database: pgMoveDatabase(pools[name]),
  site: postgresSite({ name, executor: pgExecutor(pools[name]) }),
});
const listen = (url: string): Listen => pgListen(() => createClient(url, 'shop worker'));

const worker = createMoveWorker({
  old: side('old'),
  new: side('new'),
  listenOld: listen(config.oldSessionsDirectUrl),
  listenNew: listen(config.sessionsDirectUrl),
  onEvent: (event) => {
    const { level, message, fields } = describeWorkerEvent(event);
    logger[level](fields, message);
  },
});

const stop = new AbortController();
process.on('SIGINT', () => stop.abort());
process.on('SIGTERM', () => stop.abort());
// The process that started this one is gone.
process.on('disconnect', () => stop.abort());
await worker.run(stop.signal);
await Promise.all([pools.old.end(), pools.new.end()]);
process.exit(0);
