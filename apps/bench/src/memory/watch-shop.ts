import { setInterval as every } from 'node:timers/promises';
import type { ShopProcess } from '../contenders/shop-process.ts';

export interface MemorySample {
  readonly seconds: number;
  readonly rssMb: number;
  readonly heapMb: number;
}

const SAMPLE_MS = 1_000;

/** Looks at the memory of a shop every second, until `done` has settled. */
export async function watchShop(shop: ShopProcess, done: Promise<unknown>): Promise<MemorySample[]> {
  const startedAt = performance.now();
  const over = new AbortController();
  const stop = (): void => over.abort();
  done.then(stop, stop);
  const samples: MemorySample[] = [];
  const look = async (): Promise<void> => {
    const { rssBytes, heapBytes } = await shop.usage();
    samples.push({
      seconds: (performance.now() - startedAt) / 1_000,
      rssMb: rssBytes / 1e6,
      heapMb: heapBytes / 1e6,
    });
  };
  await look();
  try {
    for await (const _ of every(SAMPLE_MS, undefined, { signal: over.signal })) await look();
  } catch (error) {
    if (!over.signal.aborted) throw error;
  }
  await done;
  await look();
  return samples;
}
