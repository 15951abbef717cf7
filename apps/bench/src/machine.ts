import os from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';

/** What the figures were measured on. */
export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly system: string;
  readonly node: string;
  /** How much of the processor others used in the second before the run, in percent. */
  readonly busyPercent: number;
  readonly loadAverage: number;
  readonly at: string;
}

const times = (): { idle: number; all: number } =>
  os.cpus().reduce(
    ({ idle, all }, { times: each }) => ({
      idle: idle + each.idle,
      all: all + each.user + each.nice + each.sys + each.irq + each.idle,
    }),
    { idle: 0, all: 0 },
  );

export async function describeMachine(): Promise<Machine> {
  const before = times();
  await sleep(1_000);
  const after = times();
  return {
    processor: os.cpus()[0]?.model.trim() ?? 'unknown',
    cores: os.cpus().length,
    memoryGb: Math.round(os.totalmem() / 2 ** 30),
    system: `${os.type()} ${os.release()}`,
    node: process.version,
    busyPercent: Math.round(100 * (1 - (after.idle - before.idle) / (after.all - before.all))),
    loadAverage: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
    at: new Date().toISOString(),
  };
}
