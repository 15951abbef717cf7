import { setTimeout as sleep } from 'node:timers/promises';

/** @throws the reason of the signal, when that is aborted meanwhile */
export async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
}
