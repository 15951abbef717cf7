import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { BenchError } from '../bench-error.ts';

export interface TimedRun {
  readonly stdout: string;
  /** User and system time of the program. */
  readonly cpuMicros: number;
}

/** The shell's account of its children: the second line that `times` prints. */
const TIMES = /(\d+)m([\d.]+)s\s+(\d+)m([\d.]+)s\s*$/;

/**
 * Runs a program and tells how much processor time it took.
 * @throws {BenchError} TOOL_FAILED
 */
export async function runTimed(
  program: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<TimedRun> {
  const child = spawn('/bin/sh', ['-c', '"$@"; code=$?; times >&2; exit $code', 'sh', program, ...args], {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new BenchError('TOOL_FAILED', `${program} ended with ${code}: ${stderr.trim().slice(0, 500)}`);
  const [, userMinutes, user, systemMinutes, system] = TIMES.exec(stderr) ?? [];
  const seconds = (Number(userMinutes) + Number(systemMinutes)) * 60 + Number(user) + Number(system);
  return { stdout, cpuMicros: seconds * 1e6 };
}
