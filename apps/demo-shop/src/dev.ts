import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { DatabaseError, findProjectFolder, findRedis, openDatabases } from '@switchyard/databases';
import { ConfigError, readConfig } from './config.ts';
import { breakableServer } from './dev/breakable-server.ts';
import { CONTROLS_VARIABLE, controlsVariable } from './dev/controls-of-parent.ts';
import { devDatabase } from './dev/dev-database.ts';
import { createDevFleet } from './dev/dev-fleet.ts';
import { parseDevOptions, USAGE } from './dev/dev-options.ts';
import { startDevRedis } from './dev/dev-redis.ts';
import { keptSecret } from './dev/kept-secret.ts';
import { prefixedLines } from './dev/prefixed-lines.ts';
import { prepareDatabases } from './dev/prepare-databases.ts';
import { serveControls } from './dev/serve-controls.ts';
import type { DevControls } from './ops/dev-controls.ts';
import { createShoppers } from './ops/shoppers/create-shoppers.ts';
import { StartError } from './start-error.ts';

// `npm run dev`: real databases (embedded where no URL is given), migrated and seeded, and on them the shop, in one process
// or several, and a worker. This process starts them all and ends them all.

const project = findProjectFolder();
const programFolder = path.dirname(fileURLToPath(import.meta.url));
const say = prefixedLines((text) => void process.stdout.write(text));
const announce = (line: string): void => say('dev', line);

/** Whatever has been started, the last first. */
const closers: (() => Promise<void>)[] = [];
let isStopping = false;

async function close(): Promise<void> {
  for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
}

/** A Ctrl-C while things are being started ends it between two of them. */
class Interrupted extends Error {}
function checkpoint(): void {
  if (isStopping) throw new Interrupted();
}

interface Redis {
  readonly url: string;
  readonly server: DevControls['redis'];
}

async function openRedis(): Promise<Redis | undefined> {
  const own = (process.env['REDIS_URL'] ?? '') === '' ? await startDevRedis() : undefined;
  if (own !== undefined) {
    closers.push(() => own.stop());
    announce(`Redis on ${new URL(own.url).host}, its own`);
    return { url: own.url, server: breakableServer('Redis', own, announce) };
  }
  const found = await findRedis();
  if (found === undefined) {
    announce('no Redis: sessions are read from the databases. Set REDIS_URL, or install redis-server, for a cache');
    return undefined;
  }
  closers.push(() => found.close());
  announce(`Redis from ${found.from}`);
  return { url: found.url, server: undefined };
}

async function dev(processes: number): Promise<void> {
  const databases = await openDatabases({ project, announce });
  closers.push(() => databases.close());
  for (const [alias, server] of databases.embedded)
    announce(`${alias}: PostgreSQL on 127.0.0.1:${server.port}, data in ${server.folder}`);
  checkpoint();
  const [redis] = await Promise.all([openRedis(), prepareDatabases(project, databases, announce)]);
  checkpoint();

  const environment: NodeJS.ProcessEnv = {
    SHOP_SECRETS: keptSecret(project, 'shop'),
    SWITCHYARD_TOKEN: keptSecret(project, 'console'),
    OPS_TOKEN: keptSecret(project, 'ops'),
    LOG_LEVEL: 'warn',
    REDIS_PREFIX: `switchyard-dev:${keptSecret(project, 'redis').slice(0, 8)}:`,
    ...process.env,
    MAIN_DATABASE_URL: databases.urls.main,
    SESSIONS_DATABASE_URL: databases.urls.sessions,
    // A cache within each process would show what another one has replaced.
    ...(redis === undefined ? { SESSION_CACHE: 'off' } : { REDIS_URL: redis.url }),
  };
  const config = readConfig(environment);
  const fresh = databases.embedded.get('sessions');
  const fleet = createDevFleet({
    programFolder,
    shops: processes,
    environment,
    say,
    onChild: (child) => serveControls(child, controls),
    stopWithinMs: config.shutdownDelayMs + config.shutdownTimeoutMs + CLOSE_MS,
  });
  const shoppers = createShoppers({ shopUrl: `http://${config.host}:${config.port}` });
  const controls: DevControls = {
    fleet,
    shoppers,
    newDatabase: fresh && breakableServer('the new database', devDatabase(fresh), announce),
    redis: redis?.server,
  };
  environment[CONTROLS_VARIABLE] = controlsVariable(controls);
  closers.push(() => fleet.close());
  // A Ctrl-C reaches the shop as well: nobody answers them any more, and nobody is to be started for their last look.
  closers.push(async () => void shoppers.stop());
  await fleet.open();
  // Behind the "#", which browsers send to nobody: the token comes into no log of ours.
  announce(`the console is at http://${config.host}:${config.port}/ops/login#token=${config.opsToken}`);
}

/** For connections, after the requests. */
const CLOSE_MS = 5_000;
/** A terminal and turbo may both pass on the same Ctrl-C. */
const AGAIN_AFTER_MS = 1_000;

function endOnSignals(starting: Promise<void>): void {
  let askedAt: number | undefined;
  const stop = async (): Promise<void> => {
    if (askedAt !== undefined) {
      // Asked twice: whatever was started ends with this process.
      if (performance.now() - askedAt > AGAIN_AFTER_MS) process.exit(1);
      return;
    }
    askedAt = performance.now();
    isStopping = true;
    announce('ending: requests under way are finished first. Ctrl-C again ends it at once');
    await close();
    await starting.catch(() => undefined);
    await close();
    process.exit(0);
  };
  process.on('SIGINT', () => void stop());
  process.on('SIGTERM', () => void stop());
}

async function start(processes: number): Promise<void> {
  const starting = dev(processes);
  endOnSignals(starting);
  await starting;
}

try {
  const { processes, help } = parseDevOptions(process.argv.slice(2));
  if (help) process.stdout.write(`${USAGE}\n`);
  else await start(processes);
} catch (error) {
  if (!isStopping) await fail(error);
}

async function fail(error: unknown): Promise<never> {
  const isExpected = error instanceof DatabaseError || error instanceof ConfigError || error instanceof StartError;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`\n${isExpected ? '' : 'The shop did not start: '}${message}\n`);
  isStopping = true;
  await close();
  return process.exit(isExpected ? 2 : 1);
}
