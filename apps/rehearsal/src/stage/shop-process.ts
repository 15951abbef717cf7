import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import { RehearsalError } from '../rehearsal-error.ts';
import { createHttpClient, type HttpClient } from '../shopper/http-client.ts';

/** What a process of the shop says about itself. */
export interface ShopState {
  readonly flags: { readonly migrationFlag: boolean; readonly newDbRouterFlag: boolean };
  /** Requests under way that began before this process saw the present flags. */
  readonly onOlderFlags: number;
}

export interface ShopProcess {
  readonly pid: number;
  readonly port: number;
  /** How much later than announced it takes note of a flag, in milliseconds. */
  readonly flagDelayMs: number;
  /** @throws {RehearsalError} SHOP_NOT_UNDERSTOOD when it does not answer as agreed */
  state(): Promise<ShopState>;
  /** Lets it finish what is under way; kills it when that takes more than five seconds. */
  stop(): Promise<void>;
}

export interface ShopProcessOptions {
  readonly project: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly token: string;
  readonly flagDelayMs: number;
  /** Told what it writes. */
  readonly onOutput: (chunk: Buffer) => void;
  /** Called when it ends without having been stopped. */
  readonly onEnd: (error: RehearsalError) => void;
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;

/** Starts the shop as a process of its own, on a port that the system picks. @throws {RehearsalError} SHOP_DID_NOT_START */
export async function startShopProcess(options: ShopProcessOptions): Promise<ShopProcess> {
  const { project, token, flagDelayMs } = options;
  const child = spawn(
    process.execPath,
    [
      '--conditions=@switchyard/source',
      '--import',
      'tsx',
      '--import',
      inProject(project, 'rehearsal', 'stage/end-with-parent.ts'),
      inProject(project, 'demo-shop', 'main.ts'),
    ],
    {
      cwd: project,
      // In a process group of its own, so that Ctrl-C reaches us first and we stop it after its shoppers.
      detached: true,
      stdio: ['pipe', 'pipe', 'pipe'],
      env: {
        ...options.environment,
        PORT: '0',
        HOST: '127.0.0.1',
        NODE_ENV: 'development',
        LOG_LEVEL: 'warn',
        SWITCHYARD_TOKEN: token,
        ...(flagDelayMs > 0 && { SWITCHYARD_FLAG_DELAY_MS: String(flagDelayMs) }),
      },
    },
  );
  const words = listen(child, options.onOutput);
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const port = await readPort(child, words).catch(async (error: unknown) => {
    child.kill('SIGKILL');
    await ended;
    throw error;
  });

  let isStopping = false;
  void ended.then(() => {
    if (!isStopping)
      options.onEnd(
        new RehearsalError(
          'SHOP_ENDED',
          `A process of the shop (${child.pid}) ended by itself. Its last words:\n${words()}`,
        ),
      );
  });
  const client = createHttpClient(port);
  return {
    pid: child.pid ?? 0,
    port,
    flagDelayMs,
    state: () => readState(client, token),
    stop: async () => {
      isStopping = true;
      client.close();
      child.kill('SIGTERM');
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS);
      await ended;
      clearTimeout(force);
    },
  };
}

const inProject = (project: string, app: string, file: string): string => path.join(project, 'apps', app, 'src', file);

/** Passes on what it writes, and keeps the end of that for when it does not do what it should. */
function listen(child: ChildProcess, onOutput: (chunk: Buffer) => void): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      onOutput(chunk);
      text = (text + chunk.toString()).slice(-2_000);
    });
  return () => text.trim() || '(none)';
}

function readPort(child: ChildProcess, words: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new RehearsalError('SHOP_DID_NOT_START', `A process of the shop ${what}. Its last words:\n${words()}`));
    const timer = setTimeout(() => fail(`did not open within ${START_LIMIT_MS / 1_000} s`), START_LIMIT_MS);
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4_000);
      const port = /http:\/\/127\.0\.0\.1:(\d+)\s/.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      fail(`ended at its start (${signal ?? `exit ${code}`})`);
    });
    child.once('error', (cause) =>
      reject(new RehearsalError('SHOP_DID_NOT_START', 'A process of the shop could not be started.', { cause })),
    );
  });
}

async function readState(client: HttpClient, token: string): Promise<ShopState> {
  const response = await client.send({
    method: 'GET',
    path: '/internal/state',
    headers: { authorization: `Bearer ${token}` },
  });
  if (response.status === 200 && isState(response.json)) return response.json;
  const answer = response.status === undefined ? response.reason : `status ${response.status}`;
  throw new RehearsalError(
    'SHOP_NOT_UNDERSTOOD',
    `The shop on port ${client.port} did not tell its state (${answer}).`,
  );
}

function isState(json: unknown): json is ShopState {
  const { flags, onOlderFlags } = (json ?? {}) as Partial<ShopState>;
  return (
    typeof flags?.migrationFlag === 'boolean' &&
    typeof flags.newDbRouterFlag === 'boolean' &&
    typeof onOlderFlags === 'number'
  );
}
