import cluster from 'node:cluster';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { DevFleet } from '../ops/dev-controls.ts';
import { keepProcess, type KeepOptions, type KeptProcess, type Started } from './keep-process.ts';
import type { Say } from './prefixed-lines.ts';

export interface DevFleetOptions {
  /** The folder that has `main.ts` and `dev`. */
  readonly programFolder: string;
  readonly shops: number;
  readonly environment: NodeJS.ProcessEnv;
  readonly say: Say;
  /** Called for each process that is started: whoever wants to talk to it may listen. */
  readonly onChild: (child: ChildProcess) => void;
  readonly stopWithinMs: number;
}

export interface OpenDevFleet extends DevFleet {
  /** Resolves when all are open. @throws {StartError} PROCESS_ENDED */
  open(): Promise<void>;
  /** Lets all of them finish what is under way. */
  close(): Promise<void>;
}

/**
 * The processes of the shop behind one port, and a worker. Connections are dealt out in turn, so that the requests of one
 * visitor reach any of them.
 */
export function createDevFleet(options: DevFleetOptions): OpenDevFleet {
  const { programFolder, environment, say, onChild, stopWithinMs } = options;
  const extension = path.extname(import.meta.filename);
  const kept = new Map<string, KeptProcess>();
  const keep = (part: Pick<KeepOptions, 'id' | 'kind' | 'spawn'>): KeptProcess => {
    const process = keepProcess({ ...part, say, stopWithinMs });
    kept.set(part.id, process);
    return process;
  };

  cluster.setupPrimary({
    exec: path.join(programFolder, `main${extension}`),
    args: [],
    execArgv: process.execArgv,
    silent: true,
  });
  const forkShop = (index: number): Started => {
    const worker = cluster.fork({ ...environment, ...metricsPort(environment, index) });
    onChild(worker.process);
    return { child: worker.process, opened: once(worker, 'listening') };
  };
  const forkWorker = (): Started => {
    const main = path.join(programFolder, 'dev', `worker-main${extension}`);
    const child = fork(main, [], { env: environment, execArgv: process.execArgv, silent: true });
    onChild(child);
    return { child, opened: once(child, 'spawn') };
  };
  const keepShop = (): KeptProcess => {
    const shops = [...kept.values()].filter((process) => process.describe().kind === 'shop').length;
    return keep({ id: `shop ${shops + 1}`, kind: 'shop', spawn: () => forkShop(shops) });
  };

  return {
    processes: async () => [...kept.values()].map((process) => process.describe()),
    kill: async (id) => {
      const found = kept.get(id);
      if (found === undefined) return false;
      say('dev', `killing ${id} (process ${found.describe().pid})`);
      found.kill();
      return true;
    },
    start: async () => {
      const process = keepShop();
      const { id } = process.describe();
      process.start().catch((error: unknown) => say('dev', error instanceof Error ? error.message : String(error)));
      return id;
    },
    open: async () => {
      // One first: what is wrong with it would be wrong with all.
      await keepShop().start();
      const others = Array.from({ length: options.shops - 1 }, keepShop);
      const worker = keep({ id: 'worker', kind: 'worker', spawn: forkWorker });
      await Promise.all([...others, worker].map((process) => process.start()));
    },
    close: async () => {
      await Promise.all([...kept.values()].map((process) => process.stop()));
    },
  };
}

/** Each process is asked for its own metrics: the ports follow one another. */
function metricsPort({ METRICS_PORT: first = '' }: NodeJS.ProcessEnv, index: number): NodeJS.ProcessEnv {
  return /^[1-9]\d*$/.test(first) ? { METRICS_PORT: String(Number(first) + index) } : {};
}
