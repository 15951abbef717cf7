import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

export interface Program {
  readonly pid: number;
  /** Everything that it has written so far. */
  output(): string;
  /** Resolves to the match once its output has one. Rejects when it ends before. */
  says(pattern: RegExp): Promise<RegExpExecArray>;
  signal(signal: NodeJS.Signals): void;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | string>;
}

const project = path.join(__dirname, '../../../..');

/** Starts one of the programs of `src` in a process of its own, with nothing of our environment but what it is given. */
export function startProgram(main: string, environment: NodeJS.ProcessEnv, args: readonly string[] = []): Program {
  const { PATH, HOME, TMPDIR } = process.env;
  const file = path.join(__dirname, '../../src', main);
  const child = spawn(process.execPath, ['--conditions=@switchyard/source', '--import', 'tsx', file, ...args], {
    cwd: project,
    env: { PATH, HOME, TMPDIR, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  let isOver = false;
  const listeners = new Set<() => void>();
  const tell = (): void => listeners.forEach((listener) => listener());
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      tell();
    });
  const ended = once(child, 'close').then(([code, signal]) => {
    isOver = true;
    tell();
    return (code ?? signal) as number | string;
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(output);
          if (match === null && !isOver) return;
          listeners.delete(look);
          if (match === null) reject(new Error(`it ended before it said ${pattern}. It said:\n${output}`));
          else resolve(match);
        };
        listeners.add(look);
        look();
      }),
    signal: (signal) => void child.kill(signal),
    ended,
  };
}
