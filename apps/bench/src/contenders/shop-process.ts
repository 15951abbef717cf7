import { percentile } from '../statistics.ts';
import type { FromShop, ShopSettings, ShopUsage, ToShop } from '../shop-process/messages.ts';
import { startChild } from './child.ts';
import type { Contender } from './contender.ts';
import { openVisitors } from './visitors.ts';

export interface ShopProcess extends Contender {
  usage(): Promise<ShopUsage>;
}

/** Starts a shop in a process of its own; its visitors are here, and each session has been visited once. */
export async function shopProcess(settings: ShopSettings, sessions: number): Promise<ShopProcess> {
  const child = startChild<ToShop, FromShop>('shop-process/main.ts', `the shop on ${settings.shop}`, settings);
  const { port } = await child.answer('listening');
  const visitors = await openVisitors(port, sessions);
  const usage = async (): Promise<ShopUsage> => (await child.answer('usage', { kind: 'usage' })).usage;
  return {
    usage,
    measure: async ({ callers, seconds }) => {
      const before = await usage();
      const startedAt = performance.now();
      const tookMs = await visitors.visit(callers, seconds);
      const opsPerSecond = (tookMs.length / (performance.now() - startedAt)) * 1_000;
      const cpuMicros = ((await usage()).cpuMicros - before.cpuMicros) / tookMs.length;
      return { opsPerSecond, p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99), cpuMicros };
    },
    close: async () => {
      visitors.close();
      await child.end({ kind: 'close' });
    },
  };
}
