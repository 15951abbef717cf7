import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DevProcess } from '../ops/dev-controls.ts';
import { StartError } from '../start-error.ts';
import { sayLinesOf, type Say } from './prefixed-lines.ts';

/** A process that has been started, and when it does its work. */
export interface Started {
  readonly child: ChildProcess;
  readonly opened: Promise<unknown>;
}

export interface KeepOptions {
  readonly id: string;
  readonly kind: DevProcess['kind'];
  readonly spawn: () => Started;
  readonly say: Say;
  /** How long it may take to end when it is told to, in milliseconds. */
  readonly stopWithinMs: number;
}

/** A process that another one takes the place of whenever it ends. */
export interface KeptProcess {
  describe(): DevProcess;
  /** Resolves when it is open for the first time. @throws {StartError} PROCESS_ENDED before that */
  start(): Promise<void>;
  /** Ends it at once. */
  kill(): void;
  /** Lets it finish what is under way, and ends it for good. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 5_000;
/** Whoever has run for so long has not ended for the reason that the one before did. */
const SETTLED_MS = 10_000;

export function keepProcess({ id, kind, spawn, say, stopWithinMs }: KeepOptions): KeptProcess {
  let child: ChildProcess | undefined;
  let state: DevProcess['state'] = 'starting';
  let restarts = 0;
  let failures = 0;
  const stopping = new AbortController();

  const run = async (): Promise<{ isOpened: boolean; code: number | null; signal: string | null }> => {
    const startedAt = performance.now();
    const started = spawn();
    child = started.child;
    sayLinesOf(started.child.stdout, id, say);
    sayLinesOf(started.child.stderr, id, say);
    let isOpened = false;
    const opened = started.opened.then(
      () => {
        isOpened = true;
        state = 'running';
        onFirstOpen();
      },
      () => undefined,
    );
    const [code, signal] = (await once(started.child, 'close')) as [number | null, string | null];
    void opened;
    child = undefined;
    state = 'starting';
    failures = performance.now() - startedAt > SETTLED_MS ? 0 : failures + 1;
    return { isOpened, code, signal };
  };

  let onFirstOpen = (): void => undefined;

  const keep = async (): Promise<void> => {
    let hasBeenOpen = false;
    while (!stopping.signal.aborted) {
      const { isOpened, code, signal } = await run();
      hasBeenOpen ||= isOpened;
      if (stopping.signal.aborted) return;
      if (!hasBeenOpen) throw new StartError('PROCESS_ENDED', `${id} ended at its start (${howOf(code, signal)})`);
      const restMs = failures > 1 ? Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** (failures - 2)) : 0;
      say('dev', `${id} ended (${howOf(code, signal)}): starting it again`);
      await sleep(restMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      restarts++;
    }
  };
  let kept: Promise<void> | undefined;

  return {
    describe: () => ({ id, kind, pid: child?.pid ?? 0, state, restarts }),
    start: () =>
      new Promise((resolve, reject) => {
        onFirstOpen = resolve;
        kept = keep().catch(reject);
      }),
    kill: () => void child?.kill('SIGKILL'),
    stop: async () => {
      stopping.abort();
      child?.kill('SIGTERM');
      const force = setTimeout(() => {
        say('dev', `${id} did not end within ${stopWithinMs / 1_000} s: killed`);
        child?.kill('SIGKILL');
      }, stopWithinMs);
      await kept;
      clearTimeout(force);
    },
  };
}

const howOf = (code: number | null, signal: string | null): string => signal ?? `exit code ${code}`;
