import { spawn, type ChildProcess } from 'node:child_process';
import type { ProgramName, Programs } from './programs.ts';

export interface ProgramOptions {
  readonly project: string;
  readonly programs: Programs;
  readonly name: ProgramName;
  readonly environment: NodeJS.ProcessEnv;
  /** Whether it is talked to in messages. */
  readonly ipc?: boolean;
  /** Told what it writes. */
  readonly onOutput: (chunk: Buffer) => void;
}

/**
 * Starts a program of the project in a process of its own. It ends with this one, however that ends; and it is in a
 * process group of its own, so that Ctrl-C reaches us first and we stop it after its shoppers.
 */
export function startProgram({
  project,
  programs,
  name,
  environment,
  ipc = false,
  onOutput,
}: ProgramOptions): ChildProcess {
  const args = ['--import', programs.fileOf('end-with-parent'), programs.fileOf(name)];
  const child = spawn(process.execPath, args, {
    cwd: project,
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
    env: environment,
  });
  child.stdin?.on('error', () => undefined);
  child.stdout?.on('data', onOutput);
  child.stderr?.on('data', onOutput);
  return child;
}
