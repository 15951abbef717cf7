import { tell } from './output.ts';

/** Lets Ctrl-C end the work at the next safe point; a second one ends the process at once, which is safe as well. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const interrupt = (): void => {
    if (controller.signal.aborted) process.exit(130);
    tell('Stopping after the step under way; what is done stays done. Ctrl-C again ends it at once.');
    controller.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  try {
    return await work(controller.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
