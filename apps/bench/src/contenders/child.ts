import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { findProjectFolder } from '@switchyard/databases';
import { BenchError } from '../bench-error.ts';

interface Message {
  readonly kind: string;
}

/** A program of the bench in a process of its own, that is asked one thing after another. */
export interface Child<To extends Message, From extends Message> {
  /**
   * Says something, if there is something to say, and waits for an answer of this kind.
   * @throws {BenchError} SUBJECT_FAILED when it answers otherwise, or ends; it is gone then
   */
  answer<K extends From['kind']>(kind: K, to?: To): Promise<Extract<From, { kind: K }>>;
  /** Says goodbye and waits until it has ended. */
  end(goodbye: To): Promise<void>;
}

const END_LIMIT_MS = 5_000;

/** `main` is below the bench's `src`; `name` is what it is called when it fails. */
export function startChild<To extends Message, From extends Message>(
  main: string,
  name: string,
  settings: object,
): Child<To, From> {
  const child = fork(path.join(findProjectFolder(), 'apps/bench/src', main), [JSON.stringify(settings)], {
    execArgv: ['--conditions=@switchyard/source', '--import', 'tsx'],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  child.stderr?.on('data', (chunk: Buffer) => (lastWords = (lastWords + chunk.toString()).slice(-2_000)));

  const next = async (): Promise<From | string> => {
    const over = new AbortController();
    const { signal } = over;
    try {
      return await Promise.race([
        once(child, 'message', { signal }).then(([message]) => message as From),
        once(child, 'exit', { signal }).then(([code]) => `its process ended with ${code}. ${lastWords.trim()}`),
      ]);
    } finally {
      over.abort();
    }
  };

  const ask = async <K extends From['kind']>(kind: K, to: To | undefined): Promise<Extract<From, { kind: K }>> => {
    const answered = next();
    if (to !== undefined) child.send(to);
    const message = await answered;
    if (typeof message !== 'string' && message.kind === kind) return message as Extract<From, { kind: K }>;
    child.kill();
    const reason = typeof message === 'string' ? message : 'reason' in message ? message.reason : message.kind;
    throw new BenchError('SUBJECT_FAILED', `${name} failed: ${String(reason)}`);
  };
  /** One question at a time: the next answer is to that. */
  let last: Promise<unknown> = Promise.resolve();

  return {
    answer: (kind, to) => {
      const asked = last.then(() => ask(kind, to));
      last = asked.catch(() => undefined);
      return asked;
    },
    end: async (goodbye) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      const timer = setTimeout(() => child.kill('SIGKILL'), END_LIMIT_MS);
      if (child.connected) child.send(goodbye);
      await ended;
      clearTimeout(timer);
    },
  };
}
