import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import type { PutLines } from './put-lines.ts';
import type { Whereabouts } from './shared-backends.ts';

/** Real processes that put lines into the baskets of sessions that they share. */
export interface BasketProcesses {
  /** Each process puts so many lines into it at once, under names of its own. */
  put(backend: string, wanted: Omit<PutLines, 'by'>): Promise<void>;
  close(): Promise<void>;
}

const PROGRAM = path.join(__dirname, 'basket-process.ts');

export async function startBasketProcesses(count: number, where: Whereabouts): Promise<BasketProcesses> {
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ['--conditions=@switchyard/source', '--import', 'tsx', PROGRAM, JSON.stringify(where)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    }),
  );
  await Promise.all(children.map(answer));
  return {
    put: async (backend, wanted) => {
      await Promise.all(
        children.map((child, i) => {
          const answered = answer(child);
          child.send({ backend, ...wanted, by: `process ${i}` });
          return answered;
        }),
      );
    },
    close: async () => {
      await Promise.all(
        children.map(async (child) => {
          const exited = once(child, 'exit');
          child.disconnect();
          await exited;
        }),
      );
    },
  };
}

async function answer(child: ChildProcess): Promise<void> {
  const listening = new AbortController();
  const { signal } = listening;
  const [{ error }] = (await Promise.race([
    once(child, 'message', { signal }),
    once(child, 'exit', { signal }).then(() => [{ error: 'the process ended' }]),
  ]).finally(() => listening.abort())) as [{ error?: string }];
  if (error !== undefined) throw new Error(error);
}
