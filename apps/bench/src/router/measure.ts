import { median } from '../statistics.ts';

type Call = () => PromiseLike<unknown>;

/** Microseconds of one call. */
export interface Cost {
  readonly processor: number;
  readonly wall: number;
}

async function once(call: Call, rounds: number): Promise<Cost> {
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  for (let round = 0; round < rounds; round++) await call();
  const { user, system } = process.cpuUsage(cpu);
  return { processor: (user + system) / rounds, wall: ((performance.now() - began) * 1_000) / rounds };
}

/**
 * What each of several calls costs: by turns, in which they take it one after the other, so that what else the machine
 * does meets all of them.
 */
export async function measure(
  calls: readonly Call[],
  rounds: number,
  turns = 9,
): Promise<readonly (readonly Cost[])[]> {
  for (const call of calls) await once(call, Math.ceil(rounds / 2));
  const costs = calls.map((): Cost[] => []);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, call] of calls.entries()) costs[index]?.push(await once(call, rounds));
  }
  return costs;
}

export const medianCost = (costs: readonly Cost[]): Cost => ({
  processor: median(costs.map(({ processor }) => processor)),
  wall: median(costs.map(({ wall }) => wall)),
});

/** What is added to the one by the other: the median of the differences of each turn. */
export const medianAdded = (base: readonly Cost[], cost: readonly Cost[]): number =>
  median(cost.map(({ processor }, turn) => processor - (base[turn]?.processor ?? NaN)));
