import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findProjectFolder } from '@switchyard/databases';
import { BenchError } from '../bench-error.ts';
import type { FromProcess, SubjectSettings, ToProcess } from '../subject-process/messages.ts';
import type { Contender } from './contender.ts';

const CLOSE_LIMIT_MS = 5_000;

/** Starts a subject in a process of its own, with its sessions saved. */
export async function ownProcess(settings: SubjectSettings): Promise<Contender> {
  const main = path.join(findProjectFolder(), 'apps/bench/src/subject-process/main.ts');
  const child = fork(main, [JSON.stringify(settings)], {
    execArgv: ['--conditions=@switchyard/source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2_000)));

  const next = async (): Promise<FromProcess> => {
    const over = new AbortController();
    const { signal } = over;
    try {
      return await Promise.race([
        once(child, 'message', { signal }).then(([message]) => message as FromProcess),
        once(child, 'exit', { signal }).then(([code]): FromProcess => ({
          kind: 'failed',
          reason: `its process ended with ${code}. ${lastWords.trim()}`,
        })),
      ]);
    } finally {
      over.abort();
    }
  };
  const expect = async <K extends FromProcess['kind']>(kind: K): Promise<Extract<FromProcess, { kind: K }>> => {
    const message = await next();
    if (message.kind === kind) return message as Extract<FromProcess, { kind: K }>;
    child.kill();
    throw new BenchError(
      'SUBJECT_FAILED',
      `${settings.subject} failed: ${message.kind === 'failed' ? message.reason : `it said ${message.kind}`}`,
    );
  };
  const tell = (message: ToProcess): void => void child.send(message);

  await expect('ready');
  return {
    measure: async (task) => {
      tell({ kind: 'measure', task });
      return (await expect('measured')).measurement;
    },
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_LIMIT_MS);
      tell({ kind: 'close' });
      await ended;
      clearTimeout(timer);
    },
  };
}
