import path from 'node:path';
import type { Router } from 'express';
import type { Pool } from 'pg';
import type { Logger } from 'pino';
import { createPool } from '@switchyard/databases';
import { postgresMoveFlags } from '@switchyard/flags';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { pgMoveDatabase, type MoveSide } from '@switchyard/session-move';
import { describeError } from '../shop/describe-error.ts';
import { createOpsAccess } from './access/ops-access.ts';
import { createActions } from './actions/create-actions.ts';
import { createOpsRouter } from './create-ops-router.ts';
import type { DevControls } from './dev-controls.ts';
import { createOpsAssets } from './ops-assets.ts';
import { createOpsTemplates } from './present/ops-templates.ts';
import { readBench } from './status/read-bench.ts';
import { createStatusFeed } from './status/status-feed.ts';
import { createStatusReader } from './status/status-reader.ts';

export interface OpsOptions {
  readonly token: string;
  readonly urls: Readonly<Record<SiteName, string>>;
  /** Where the flags are: the main database. */
  readonly flagsUrl: string;
  /** For signing the login. */
  readonly secrets: readonly string[];
  readonly secureCookies: boolean;
  readonly logger: Logger;
  /** The folder that has `ops/views` and `ops/assets`. */
  readonly programFolder: string;
  /** In development only. */
  readonly controls?: DevControls | undefined;
}

export interface Ops {
  /** To be mounted at /ops. */
  readonly router: Router;
  /** Lets what runs here stop at a safe point, and closes every connection. */
  close(): Promise<void>;
}

/** A look must not wait long for a database that is away. */
const LOOK_TIMEOUT_MS = 2_000;
/** A busy server lets somebody in later than it answers. */
const CONNECT_TIMEOUT_MS = 5_000;
/** Room for the long ones: a page of a comparison, a batch of large rows. */
const WORK_TIMEOUT_MS = 60_000;

/** The console on connections of its own, so that neither the shop nor a look waits for a comparison. None is opened before it is needed. */
export function composeOps(options: OpsOptions): Ops {
  const { token, urls, secrets, secureCookies, logger, controls } = options;
  const folder = path.join(options.programFolder, 'ops');
  const pools: Pool[] = [];
  const open = (url: string, max: number, timeoutMs: number): Pool => {
    const pool = createPool(url, {
      max,
      statementTimeoutMs: timeoutMs,
      connectTimeoutMs: Math.min(timeoutMs, CONNECT_TIMEOUT_MS),
      applicationName: 'switchyard console',
    });
    pools.push(pool);
    return pool;
  };
  const side = (name: SiteName, max: number, timeoutMs: number): MoveSide => {
    const pool = open(urls[name], max, timeoutMs);
    return { database: pgMoveDatabase(pool), site: postgresSite({ name, executor: pgExecutor(pool) }) };
  };
  const looking = { old: side('old', 3, LOOK_TIMEOUT_MS), new: side('new', 3, LOOK_TIMEOUT_MS) };
  const working = { old: side('old', 6, WORK_TIMEOUT_MS), new: side('new', 6, WORK_TIMEOUT_MS) };

  const feed = createStatusFeed({
    read: createStatusReader(looking),
    onFault: (error) => logger.error(describeError(error), 'the console failed'),
    ...(controls !== undefined && { readBench: () => readBench(controls) }),
  });
  const actions = createActions({
    sides: working,
    flags: postgresMoveFlags(open(options.flagsUrl, 1, LOOK_TIMEOUT_MS)),
    logger,
  });
  const router = createOpsRouter({
    access: createOpsAccess({ token, secrets, secureCookies }),
    feed,
    actions,
    templates: createOpsTemplates(path.join(folder, 'views')),
    assets: createOpsAssets(path.join(folder, 'assets'), '/ops/assets'),
    secureCookies,
    logger,
    controls,
  });
  return {
    router,
    close: async () => {
      await Promise.all([feed.close(), actions.close()]);
      await Promise.all(pools.map((pool) => pool.end()));
    },
  };
}
