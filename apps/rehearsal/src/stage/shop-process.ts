import type { ChildProcess } from 'node:child_process';
import { freePort } from '@switchyard/databases';
import { RehearsalError } from '../rehearsal-error.ts';
import { createHttpClient, type HttpClient } from '../shopper/http-client.ts';
import { pause } from './pause.ts';
import { startProgram } from './program.ts';
import type { Programs } from './programs.ts';

/** What a process of the shop says about itself. */
export interface ShopState {
  readonly flags: { readonly migrationFlag: boolean; readonly newDbRouterFlag: boolean };
  /** Requests under way that began before this process saw the present flags. */
  readonly onOlderFlags: number;
}

/** One process of the shop. It may be killed and started again, as another process on the same port. */
export interface ShopProcess {
  readonly port: number;
  /** How much later than announced it takes note of a flag, in milliseconds. */
  readonly flagDelayMs: number;
  /** 0 while it does not run. */
  pid(): number;
  /** Whether it takes requests, as far as is known. */
  isOpen(): boolean;
  /** Resolves when it is open. @throws {RehearsalError} SHOP_DID_NOT_START */
  start(): Promise<void>;
  /** Ends it at once, with what it has under way. */
  kill(): Promise<void>;
  /** Stops it where it is. @returns lets it go on */
  pause(): () => void;
  /** @throws {RehearsalError} SHOP_NOT_UNDERSTOOD when it does not answer as agreed */
  state(): Promise<ShopState>;
  /** Lets it finish what is under way; kills it when that takes more than five seconds. */
  stop(): Promise<void>;
}

export interface ShopProcessOptions {
  readonly project: string;
  readonly programs: Programs;
  readonly environment: NodeJS.ProcessEnv;
  readonly token: string;
  readonly flagDelayMs: number;
  /** Told what it writes. */
  readonly onOutput: (chunk: Buffer) => void;
  /** Called when it ends without having been stopped or killed. */
  readonly onEnd: (error: RehearsalError) => void;
}

interface Running {
  readonly child: ChildProcess;
  readonly words: () => string;
  readonly ended: Promise<void>;
}

const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 5_000;

/** A process of the shop on a port of its own; it has to be started. */
export async function createShopProcess(options: ShopProcessOptions): Promise<ShopProcess> {
  const { token, flagDelayMs } = options;
  const port = await freePort();
  const client = createHttpClient(port);
  let running: Running | undefined;
  let resume = (): void => undefined;
  let isOpen = false;

  const run = (): Running => {
    const child = startProgram({
      project: options.project,
      programs: options.programs,
      name: 'shop',
      onOutput: options.onOutput,
      environment: {
        ...options.environment,
        PORT: String(port),
        HOST: '127.0.0.1',
        NODE_ENV: 'development',
        LOG_LEVEL: 'warn',
        SWITCHYARD_TOKEN: token,
        ...(flagDelayMs > 0 && { SWITCHYARD_FLAG_DELAY_MS: String(flagDelayMs) }),
      },
    });
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    const started = { child, words: listen(child), ended };
    running = started;
    return started;
  };

  const start = async (): Promise<void> => {
    const started = run();
    await untilOpen(started).catch(async (error: unknown) => {
      if (running === started) running = undefined;
      started.child.kill('SIGKILL');
      throw error;
    });
    await warmUp(port);
    if (running !== started) return;
    isOpen = true;
    void started.ended.then(() => {
      if (running !== started) return;
      isOpen = false;
      running = undefined;
      options.onEnd(
        new RehearsalError(
          'SHOP_ENDED',
          `A process of the shop (${started.child.pid}) ended by itself. Its last words:\n${started.words()}`,
        ),
      );
    });
  };

  /** From here on its end is nobody's fault. */
  const release = (): Running | undefined => {
    const released = running;
    running = undefined;
    isOpen = false;
    return released;
  };

  return {
    port,
    flagDelayMs,
    pid: () => running?.child.pid ?? 0,
    isOpen: () => isOpen,
    start,
    kill: async () => {
      const killed = release();
      killed?.child.kill('SIGKILL');
      await killed?.ended;
    },
    pause: () => {
      const pid = running?.child.pid;
      if (pid !== undefined) resume = pause(pid);
      return resume;
    },
    state: () => readState(client, token),
    stop: async () => {
      client.close();
      const stopped = release();
      resume();
      stopped?.child.kill('SIGTERM');
      const force = setTimeout(() => stopped?.child.kill('SIGKILL'), STOP_LIMIT_MS);
      await stopped?.ended;
      clearTimeout(force);
    },
  };
}

/** Keeps the end of what it writes for when it does not do what it should. */
function listen(child: ChildProcess): () => string {
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      text = (text + chunk.toString()).slice(-4_000);
    });
  return () => text.trim().slice(-2_000) || '(none)';
}

function untilOpen({ child, words }: Running): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void =>
      reject(new RehearsalError('SHOP_DID_NOT_START', `A process of the shop ${what}. Its last words:\n${words()}`));
    const timer = setTimeout(() => fail(`did not open within ${START_LIMIT_MS / 1_000} s`), START_LIMIT_MS);
    child.stdout?.on('data', () => {
      if (!words().includes('the shop is open at ')) return;
      clearTimeout(timer);
      resolve();
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

/** A process's first query takes long, as the database client sets itself up then; no shopper shall wait for that. */
async function warmUp(port: number): Promise<void> {
  const client = createHttpClient(port, { timeoutMs: 30_000 });
  await client.send({ method: 'GET', path: '/' });
  client.close();
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
