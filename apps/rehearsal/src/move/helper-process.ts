import type { ChildProcess } from 'node:child_process';
import { pause } from '../stage/pause.ts';
import { startProgram } from '../stage/program.ts';
import type { Programs } from '../stage/programs.ts';
import type { Order, Point, VerbOutcome, Word } from './messages.ts';
import type { MoveVerb } from '@switchyard/session-move';

/** A controller or the worker, in a process of its own. It may be killed, and started again as another process. */
export interface HelperProcess {
  readonly name: string;
  /** Whether it is there, and has nothing to do. */
  isReady(): boolean;
  /** Resolves when it is ready. */
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Stops it where it is; nobody waits for it any more. @returns lets it go on */
  pause(): () => void;
  /** Of a controller that is ready: gives it a verb. */
  give(verb: MoveVerb, percent: number): Promise<VerbOutcome>;
  /** Has it wait at the next such point, for what `meanwhile` does there; `undefined`: at none any more. */
  holdAt(point: Point | undefined, meanwhile?: () => Promise<void>): void;
  stop(): Promise<void>;
}

export interface HelperProcessOptions {
  readonly name: string;
  readonly project: string;
  readonly programs: Programs;
  readonly program: 'controller' | 'worker';
  readonly environment: NodeJS.ProcessEnv;
  readonly onOutput: (chunk: Buffer) => void;
  readonly onEvent: (event: Extract<Word, { kind: 'event' }>) => void;
  /** Told of a fault in what it does at a point. */
  readonly onFault: (error: unknown) => void;
}

const STOP_LIMIT_MS = 3_000;

export function createHelperProcess(options: HelperProcessOptions): HelperProcess {
  const { name, project, programs, program, environment, onOutput, onEvent, onFault } = options;
  let child: ChildProcess | undefined;
  let isReady = false;
  let isBusy = false;
  let isKilled = false;
  let answer = (_outcome: VerbOutcome): void => undefined;
  let meanwhile: (() => Promise<void>) | undefined;
  let resume = (): void => undefined;

  // A process that is gone has nothing to be told.
  const tell = (order: Order): void => void (child?.connected === true && child.send(order, () => undefined));

  const hear = (from: ChildProcess, word: Word): void => {
    if (from !== child) return;
    if (word.kind === 'ready') isReady = true;
    if (word.kind === 'outcome') {
      isBusy = false;
      answer(word.outcome);
    }
    if (word.kind === 'event') onEvent(word);
    if (word.kind === 'at-point') {
      const work = meanwhile;
      meanwhile = undefined;
      (work?.() ?? Promise.resolve()).then(() => tell({ kind: 'go' }), onFault);
    }
  };

  const start = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const started = startProgram({
        project,
        programs,
        name: program,
        environment,
        ipc: true,
        onOutput,
      });
      child = started;
      isKilled = isBusy = false;
      started.on('message', (word: Word) => {
        hear(started, word);
        if (word.kind === 'ready') resolve();
      });
      started.once('error', reject);
      started.once('close', () => {
        const fault = new Error(`the ${name} ended by itself`);
        reject(fault);
        if (child !== started || isKilled) return;
        isReady = false;
        onFault(fault);
      });
    });

  const ended = (ending: ChildProcess): Promise<void> =>
    new Promise((resolve) => {
      if (ending.exitCode !== null || ending.signalCode !== null) resolve();
      else ending.once('exit', () => resolve());
    });

  const kill = async (): Promise<void> => {
    const killed = child;
    isReady = false;
    isKilled = true;
    if (killed === undefined) return;
    const gone = ended(killed);
    killed.kill('SIGKILL');
    await gone;
    answer({ result: 'silent' });
  };

  return {
    name,
    isReady: () => isReady && !isBusy,
    start,
    kill,
    pause: () => {
      if (child?.pid !== undefined) resume = pause(child.pid);
      answer({ result: 'silent' });
      return resume;
    },
    give: (verb, percent) =>
      new Promise((resolve) => {
        answer = resolve;
        isBusy = true;
        tell({ kind: 'verb', verb, percent });
        if (!isReady) resolve({ result: 'silent' });
      }),
    holdAt: (point, work) => {
      meanwhile = work;
      tell({ kind: 'hold', point });
    },
    stop: async () => {
      resume();
      const stopped = child;
      child = undefined;
      if (stopped === undefined) return;
      const gone = ended(stopped);
      stopped.kill('SIGTERM');
      const force = setTimeout(() => stopped.kill('SIGKILL'), STOP_LIMIT_MS);
      await gone;
      clearTimeout(force);
    },
  };
}
