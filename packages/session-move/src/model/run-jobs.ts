import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { Job, JobResult } from './jobs.ts';

/** More would only share the same memory bandwidth. */
const MOST_CHILDREN = 4;

/**
 * Runs jobs in child processes, as many side by side as there are cores, and hands the results out in the order of the
 * jobs. Each child is this program again, called with `argument`, and answers each job it is sent with its result.
 */
export async function runJobs(
  jobs: readonly Job[],
  program: string,
  argument: string,
  onResult: (result: JobResult) => void,
): Promise<readonly JobResult[]> {
  const results: (JobResult | undefined)[] = jobs.map(() => undefined);
  let next = 0;
  let told = 0;

  const work = async (child: ChildProcess): Promise<void> => {
    while (next < jobs.length) {
      const at = next++;
      results[at] = await ask(child, jobs[at] as Job);
      for (let result = results[told]; result; result = results[++told]) onResult(result);
    }
  };

  const children = Array.from({ length: Math.min(jobs.length, availableParallelism(), MOST_CHILDREN) }, () =>
    fork(program, [argument]),
  );
  try {
    await Promise.all(children.map(work));
  } finally {
    for (const child of children) child.kill();
  }
  return results as readonly JobResult[];
}

const ask = (child: ChildProcess, job: Job): Promise<JobResult> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void =>
      reject(new Error(`The run of ${job.name} ended with status ${code ?? 'none'}`));
    child.once('exit', ended);
    child.once('message', (result) => {
      child.off('exit', ended);
      resolve(result as JobResult);
    });
    child.send(job);
  });
