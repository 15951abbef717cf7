import type { DevControls, DevProcess, ShoppersReport } from '../dev-controls.ts';

/** What of the development run can be broken, and what the shoppers found. */
export interface BenchStatus {
  readonly shoppers: ShoppersReport;
  readonly processes: readonly DevProcess[];
  /** Whether it runs; `undefined`: it is not ours to stop. */
  readonly database: boolean | undefined;
  readonly redis: boolean | undefined;
}

export async function readBench(controls: DevControls): Promise<BenchStatus> {
  const [shoppers, processes, database, redis] = await Promise.all([
    controls.shoppers.report(),
    controls.fleet.processes(),
    controls.newDatabase?.isRunning(),
    controls.redis?.isRunning(),
  ]);
  return { shoppers, processes, database, redis };
}
