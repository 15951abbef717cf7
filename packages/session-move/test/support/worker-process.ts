import { spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { WorkerEvent } from '../../src/worker/worker-status.ts';

export interface WorkerProcess {
  /** So far, in order. */
  readonly events: readonly WorkerEvent[];
  signal(signal: NodeJS.Signals): void;
  /** Kills it, if it still runs. */
  end(): Promise<void>;
  readonly ended: Promise<void>;
}

/** Starts a worker as a process of its own. Takes about a second until it asks for the lease. */
export function startWorkerProcess(urls: { readonly main: string; readonly sessions: string }): WorkerProcess {
  const main = path.join(__dirname, 'worker-main.ts');
  const args = ['--conditions=@switchyard/source', '--import', 'tsx', main, urls.main, urls.sessions];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const events: WorkerEvent[] = [];
  createInterface(child.stdout).on('line', (line) => events.push(JSON.parse(line) as WorkerEvent));
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  return {
    events,
    ended,
    signal: (signal) => void child.kill(signal),
    end: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
