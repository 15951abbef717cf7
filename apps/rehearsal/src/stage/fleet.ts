import { randomBytes } from 'node:crypto';
import type { RehearsalError } from '../rehearsal-error.ts';
import { createHttpClient } from '../shopper/http-client.ts';
import { startShopProcess, type ShopProcess } from './shop-process.ts';

/** All processes of the shop. */
export interface Fleet {
  readonly processes: readonly ShopProcess[];
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly project: string;
  readonly environment: NodeJS.ProcessEnv;
  /** One process for each: how late it sees the flags, in milliseconds. */
  readonly flagDelaysMs: readonly number[];
  readonly onOutput: (chunk: Buffer) => void;
  readonly onEnd: (error: RehearsalError) => void;
}

const drawSecret = (): string => randomBytes(24).toString('base64url');

/** Starts every process; when one does not start, none is left behind. @throws {RehearsalError} SHOP_DID_NOT_START */
export async function startFleet({
  project,
  environment,
  flagDelaysMs,
  onOutput,
  onEnd,
}: FleetOptions): Promise<Fleet> {
  const token = drawSecret();
  const shared = { ...environment, SHOP_SECRETS: drawSecret() };
  const started = await Promise.allSettled(
    flagDelaysMs.map((flagDelayMs) =>
      startShopProcess({ project, environment: shared, token, flagDelayMs, onOutput, onEnd }),
    ),
  );
  const processes = started.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const stop = async (): Promise<void> => void (await Promise.all(processes.map((process) => process.stop())));
  const failed = started.find((result) => result.status === 'rejected');
  if (failed === undefined) {
    await Promise.all(processes.map(({ port }) => warmUp(port)));
    return { processes, stop };
  }
  await stop();
  throw failed.reason;
}

/** A process's first query takes long, as the database client sets itself up then; no shopper shall wait for that. */
async function warmUp(port: number): Promise<void> {
  const client = createHttpClient(port, { timeoutMs: 30_000 });
  await client.send({ method: 'GET', path: '/' });
  client.close();
}
