import { spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProjectFolder, makeTemporaryFolder } from '@switchyard/databases';
import type { Options } from './options.ts';
import type { Report } from './report/report.ts';
import type { SeedResult } from './report/summary.ts';
import { bundlePrograms, type Programs } from './stage/programs.ts';
import { makeTemplate } from './stage/two-databases.ts';

export interface SeedsContext {
  readonly signal: AbortSignal;
  readonly environment: NodeJS.ProcessEnv;
  /** Told what is done. */
  readonly say: (line: string) => void;
  /** Called as each rehearsal ends, in whatever order. */
  readonly onResult: (result: SeedResult) => void;
}

/** A rehearsal takes seconds; this long only one that hangs. */
const SEED_LIMIT_MS = 180_000;
const END_LIMIT_MS = 20_000;

/**
 * Rehearses with one seed after the other, some at once, each in a process of its own with servers of its own.
 * @throws the reason of the signal
 */
export async function rehearseSeeds(
  options: Options & { readonly seeds: number },
  context: SeedsContext,
): Promise<SeedResult[]> {
  const { signal } = context;
  const project = findProjectFolder();
  const folder = makeTemporaryFolder('switchyard-rehearsals-');
  const results: SeedResult[] = [];
  try {
    const template = path.join(folder, 'template');
    context.say('Making the data that each rehearsal begins with …');
    await makeTemplate({ project, folder: template, shoppers: options.shoppers });
    const programs = await bundlePrograms(project, template);
    const left = Array.from({ length: options.seeds }, (_, index) => options.seed + index);
    const work = async (): Promise<void> => {
      for (let seed = left.shift(); seed !== undefined && !signal.aborted; seed = left.shift()) {
        const result = await rehearseSeed(seed, { template, programs, project }, options, context);
        if (signal.aborted) return;
        results.push(result);
        context.onResult(result);
      }
    };
    // More would only take the processor from each other, and a service that waits for it looks as if it were not back.
    const atOnce = Math.min(options.parallel, availableParallelism());
    if (atOnce < options.parallel) context.say(`This machine has processors for ${atOnce} at once.`);
    await Promise.all(Array.from({ length: atOnce }, work));
    signal.throwIfAborted();
    return results.toSorted((one, other) => one.seed - other.seed);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What all of them use. */
interface Common {
  readonly template: string;
  readonly programs: Programs;
  readonly project: string;
}

async function rehearseSeed(
  seed: number,
  { template, programs, project }: Common,
  options: Options,
  { signal, environment }: SeedsContext,
): Promise<SeedResult> {
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [programs.fileOf('rehearsal'), ...argumentsFor(seed, template, options)],
    // A group of its own: Ctrl-C reaches us, and we tell it. Its stdin tells it when we are gone.
    { cwd: project, env: environment, detached: true, stdio: ['pipe', 'pipe', 'pipe'] },
  );
  child.stdin.on('error', () => undefined);
  const output: Buffer[] = [];
  let words = '';
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => (words = (words + chunk.toString()).slice(-4_000)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const end = (): void => {
    child.kill('SIGTERM');
    void sleep(END_LIMIT_MS, undefined, { ref: false }).then(() => child.kill('SIGKILL'));
  };
  const limit = setTimeout(end, SEED_LIMIT_MS);
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  const code = await ended;
  clearTimeout(limit);
  signal.removeEventListener('abort', end);
  const seconds = (performance.now() - startedAt) / 1_000;
  // Whatever it found, it tells in one JSON object; when it could not run, on stderr.
  return code === 0 || code === 4
    ? { seed, seconds, report: JSON.parse(Buffer.concat(output).toString()) as Report }
    : { seed, seconds, failure: words.trim() };
}

function argumentsFor(seed: number, template: string, options: Options): string[] {
  const { method, shoppers, seconds, processes, staggerMs, faults } = options;
  const given: readonly (readonly [string, string | number])[] = [
    ['--seed', seed],
    ['--template', template],
    ['--shoppers', shoppers],
    ['--seconds', seconds],
    ['--processes', processes],
    ...(staggerMs === undefined ? [] : [['--stagger', staggerMs] as const]),
    ...(faults === undefined || faults.length === 0 ? [] : [['--faults', faults.join()] as const]),
  ];
  return [
    '--json',
    ...given.flatMap(([name, value]) => [name, String(value)]),
    ...(method === 'fenced' ? [] : [`--${method}`]),
    ...(faults?.length === 0 ? ['--no-faults'] : []),
  ];
}
