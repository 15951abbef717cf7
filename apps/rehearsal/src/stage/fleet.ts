import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RehearsalError } from '../rehearsal-error.ts';
import type { Programs } from './programs.ts';
import { createShopProcess, type ShopProcess } from './shop-process.ts';

/** All processes of the shop. */
export interface Fleet {
  readonly processes: readonly ShopProcess[];
  /** Starts them, one after the other; resolves when the first is open. @throws {RehearsalError} SHOP_DID_NOT_START */
  open(): Promise<void>;
  /** Resolves when all of them are open. @throws {RehearsalError} SHOP_DID_NOT_START */
  allOpen(): Promise<void>;
  stop(): Promise<void>;
}

export interface FleetOptions {
  readonly project: string;
  readonly programs: Programs;
  /** One process for each: what is different about it. */
  readonly processes: readonly { readonly flagDelayMs: number; readonly environment: NodeJS.ProcessEnv }[];
  /** What is the same for all. */
  readonly environment: NodeJS.ProcessEnv;
  readonly onOutput: (chunk: Buffer) => void;
  readonly onEnd: (error: RehearsalError) => void;
}

/** Between two starts, as in any deployment that goes from machine to machine. */
const STAGGER_MS = 300;

const drawSecret = (): string => randomBytes(24).toString('base64url');

export async function createFleet({ processes, environment, ...common }: FleetOptions): Promise<Fleet> {
  const token = drawSecret();
  const shared = { ...environment, SHOP_SECRETS: drawSecret() };
  const created = await Promise.all(
    processes.map(({ flagDelayMs, environment: own }) =>
      createShopProcess({ ...common, environment: { ...shared, ...own }, token, flagDelayMs }),
    ),
  );
  let opening: readonly Promise<void>[] = [];
  let isStopped = false;
  return {
    processes: created,
    open: async () => {
      opening = created.map(async (process, index) => {
        await sleep(index * STAGGER_MS);
        if (!isStopped) await process.start();
      });
      for (const each of opening) each.catch(() => undefined);
      await Promise.any(opening).catch(() => opening[0]);
    },
    allOpen: async () => void (await Promise.all(opening)),
    stop: async () => {
      isStopped = true;
      await Promise.all(created.map((process) => process.stop()));
      await Promise.allSettled(opening);
    },
  };
}
