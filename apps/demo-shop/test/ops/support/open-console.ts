import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createMainClient } from '@switchyard/databases';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { pgExecutor } from '@switchyard/session-backends';
import { postgresSite, type SiteName } from '@switchyard/session-backends/fence';
import { createMoveWorker, pgMoveDatabase, readAudit, type MoveSide } from '@switchyard/session-move';
import express from 'express';
import type { Logger } from 'pino';
import request, { type Response, type Test } from 'supertest';
import { seedCatalogue } from '../../../src/catalogue/seed.ts';
import { composeShop } from '../../../src/compose-shop.ts';
import { readConfig, type ShopConfig } from '../../../src/config.ts';
import { composeOps } from '../../../src/ops/compose-ops.ts';
import type { DevControls } from '../../../src/ops/dev-controls.ts';
import { createLogger } from '../../../src/telemetry/create-logger.ts';

export const token = 'a token of the tests';

export interface OpenConsole {
  /** Without a slash at its end. */
  readonly url: string;
  readonly databases: TestDatabases;
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  /** All that was logged. */
  log(): string;
  /** Who did what, the oldest first: "start begun". */
  actions(): Promise<string[]>;
  operator(name?: string): Promise<TestOperator>;
  close(): Promise<void>;
}

/** Somebody at the console, with a browser that knows no scripts. */
export interface TestOperator {
  readonly cookie: string;
  get(address: string): Test;
  post(address: string, fields?: Readonly<Record<string, string>>): Test;
}

export interface ConsoleOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly controls?: (url: string) => DevControls;
  /** Whether changes are carried across, as beside any shop. Default is false. */
  readonly hasWorker?: boolean;
}

const programFolder = path.join(__dirname, '../../../src');

/** What a console runs in. */
interface Host {
  /** Serves everything, the console at /ops. */
  readonly app: RequestListener;
  close(): Promise<void>;
}

/** The whole shop with its console, on fresh databases and a port of its own. */
export const openConsole = (options: ConsoleOptions = {}): Promise<OpenConsole> =>
  open(options, async (config, logger, databases, url) => {
    const client = createMainClient(databases.main);
    await seedCatalogue(client);
    const shop = await composeShop(config, {
      programFolder,
      version: '0.1.0',
      logger,
      ...(options.controls !== undefined && { devControls: options.controls(url) }),
    });
    return {
      app: shop.app,
      close: async () => {
        await shop.close();
        await client.$disconnect();
      },
    };
  });

/** The console alone: nobody shops. */
export const openConsoleAlone = (options: Pick<ConsoleOptions, 'environment'> = {}): Promise<OpenConsole> =>
  open(options, async ({ mainUrl, sessionsUrl, secrets }, logger) => {
    const ops = composeOps({
      token,
      urls: { old: mainUrl, new: sessionsUrl },
      flagsUrl: mainUrl,
      secrets,
      secureCookies: false,
      logger,
      programFolder,
    });
    return { app: express().use('/ops', ops.router), close: () => ops.close() };
  });

async function open(
  options: ConsoleOptions,
  start: (config: ShopConfig, logger: Logger, databases: TestDatabases, url: string) => Promise<Host>,
): Promise<OpenConsole> {
  const databases = await openTestDatabases({ max: 6 });
  const config = readConfig({
    MAIN_DATABASE_URL: databases.urls.main,
    SESSIONS_DATABASE_URL: databases.urls.sessions,
    SHOP_SECRETS: 'a secret of the tests to sign with',
    LOG_FORMAT: 'json',
    OPS_TOKEN: token,
    ...options.environment,
  });
  const lines: string[] = [];
  const logger = createLogger({ ...config, logLevel: 'trace' }, { write: (line) => void lines.push(line) });
  const server: Server = createServer((incoming, outgoing) => void host.app(incoming, outgoing));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const host = await start(config, logger, databases, url);
  const side = (name: SiteName, pool: TestDatabases['main']): MoveSide => ({
    database: pgMoveDatabase(pool),
    site: postgresSite({ name, executor: pgExecutor(pool) }),
  });
  const sides = { old: side('old', databases.main), new: side('new', databases.sessions) };
  const worker = options.hasWorker === true ? createMoveWorker(sides) : undefined;
  void worker?.run();

  const operator = async (name = 'Ada'): Promise<TestOperator> => {
    const answer = await request(url).post('/ops/login').type('form').send({ token, name });
    const cookie = (answer.get('Set-Cookie')?.[0] ?? '').split(';', 1)[0] ?? '';
    const get = (address: string): Test => request(url).get(address).set('Cookie', cookie);
    const formToken = hiddenField(await get('/ops'), '_form');
    return {
      cookie,
      get,
      post: (address, fields = {}) =>
        request(url)
          .post(address)
          .set('Cookie', cookie)
          .type('form')
          .send({ _form: formToken, ...fields }),
    };
  };

  return {
    url,
    databases,
    sides,
    log: () => lines.join(''),
    actions: async () =>
      (await readAudit(sides.old.database, 100)).map(({ action, actor }) => `${actor} ${action}`).reverse(),
    operator,
    close: async () => {
      await worker?.close();
      server.closeAllConnections();
      server.close();
      await host.close();
      await databases.close();
    },
  };
}

export function hiddenField({ text }: Pick<Response, 'text'>, name: string): string {
  return new RegExp(`name="${name}" value="([^"]*)"`).exec(text)?.[1] ?? '';
}

/** All that a plan's form sends when its button is pressed. */
export function confirmation({ text }: Pick<Response, 'text'>): Record<string, string> {
  const [form = ''] = /<form class="confirm"[^]*?<\/form>/.exec(text) ?? [];
  const fields = [...form.matchAll(/type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  return {
    id: '',
    mark: '',
    ...Object.fromEntries(fields.map(([, name, value]) => [name as string, value as string])),
  };
}
