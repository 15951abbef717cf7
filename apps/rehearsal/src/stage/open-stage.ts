import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { findProjectFolder } from '@switchyard/databases';
import type { RehearsalError } from '../rehearsal-error.ts';
import { startFleet, type Fleet } from './fleet.ts';
import { openSessionCache, type SessionCache } from './session-cache.ts';
import { stockShop, type Stock } from './stock-shop.ts';
import { openTwoDatabases, type TwoDatabases } from './two-databases.ts';

/** Everything that a rehearsal runs on. */
export interface Stage {
  readonly databases: TwoDatabases;
  readonly cache: SessionCache;
  readonly stock: Stock;
  readonly fleet: Fleet;
  /** Ends everything that was started here, and leaves nothing behind. */
  close(): Promise<void>;
}

export interface StageOptions {
  readonly shoppers: number;
  readonly flagDelaysMs: readonly number[];
  readonly sessionAgeSeconds: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly onShopOutput: (chunk: Buffer) => void;
  readonly onShopEnd: (error: RehearsalError) => void;
  /** Throws when the rehearsal is not wanted any more. */
  readonly checkpoint: () => void;
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  const opened = <T extends { close(): Promise<void> }>(thing: T): T => {
    closers.push(() => thing.close());
    return thing;
  };
  try {
    const project = findProjectFolder();
    const folder = await openFolder();
    closers.push(() => rm(folder, { recursive: true, force: true }));
    const databases = opened(await openTwoDatabases(project, folder));
    options.checkpoint();
    const cache = opened(await openSessionCache(options.environment));
    const stock = await stockShop(databases.pools.main, options.shoppers);
    options.checkpoint();
    const fleet = await startFleet({
      project,
      flagDelaysMs: options.flagDelaysMs,
      onOutput: options.onShopOutput,
      onEnd: options.onShopEnd,
      environment: {
        ...machineOf(options.environment),
        ...cache.environment,
        MAIN_DATABASE_URL: databases.urls.main,
        SESSIONS_DATABASE_URL: databases.urls.sessions,
        SESSION_TTL_SECONDS: String(options.sessionAgeSeconds),
      },
    });
    closers.push(() => fleet.stop());
    options.checkpoint();
    return { databases, cache, stock, fleet, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What says how this machine works, and nothing that would configure the shop: that must not depend on who runs this. */
const machineOf = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(['PATH', 'HOME', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot'].map((name) => [name, environment[name]]));

/** Where also the user whom PostgreSQL runs as, when we are root, may enter. */
async function openFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'switchyard-rehearsal-'));
  await chmod(folder, 0o755);
  return folder;
}
