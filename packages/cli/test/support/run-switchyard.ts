import { spawn } from 'node:child_process';
import path from 'node:path';
import type { TestDatabases } from '@switchyard/databases/testing';
import { runProgram } from '../../src/run-program.ts';

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  /** As Ctrl-C at a terminal: every process of the command gets it. */
  interrupt(): void;
  /** As `kill -9`: it can do nothing about it. */
  kill(): void;
  /** Resolves when its output has this in it. */
  said(words: string): Promise<void>;
  readonly ended: Promise<Ran>;
}

const BIN = path.resolve('packages/cli/bin/switchyard.mjs');

/** The command as a user gives it, at these databases; in the project that the working directory is in. */
export function startSwitchyard(
  { urls }: Pick<TestDatabases, 'urls'>,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
  cwd = process.cwd(),
): Running {
  const env = { ...process.env, MAIN_DATABASE_URL: urls.main, SESSIONS_DATABASE_URL: urls.sessions, ...environment };
  const child = spawn(process.execPath, [BIN, ...args], {
    env,
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  const watchers: (() => void)[] = [];
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
      for (const watch of watchers) watch();
    });
  return {
    interrupt: () => void process.kill(-(child.pid as number), 'SIGINT'),
    kill: () => {
      if (child.exitCode === null) process.kill(-(child.pid as number), 'SIGKILL');
    },
    said: (words) =>
      new Promise((resolve) => {
        const watch = (): void => {
          if (`${output.stdout}${output.stderr}`.includes(words)) resolve();
        };
        watchers.push(watch);
        watch();
      }),
    ended: new Promise((resolve) => child.once('close', (code) => resolve({ code, ...output }))),
  };
}

/** The same within this process: a process of its own takes half a second to begin. */
export async function runSwitchyard(
  { urls }: Pick<TestDatabases, 'urls'>,
  args: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<Ran> {
  const env = process.env;
  process.env = { ...env, MAIN_DATABASE_URL: urls.main, SESSIONS_DATABASE_URL: urls.sessions, ...environment };
  const output = { stdout: '', stderr: '' };
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    jest.spyOn(process[name], 'write').mockImplementation((text) => {
      output[name] += String(text);
      return true;
    }),
  );
  try {
    return { code: await runProgram(args), ...output };
  } finally {
    for (const spy of spies) spy.mockRestore();
    process.env = env;
  }
}
