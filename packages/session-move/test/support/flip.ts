import type { Fence } from '@switchyard/session-backends/fence';
import { changeFences, readFences, type FlipOptions } from '../../src/fence-table.ts';
import type { MoveDatabase } from '../../src/move-database.ts';

/** Changes the fences of some buckets, whatever they are, and resolves to how many were changed. */
export async function flip(
  database: MoveDatabase,
  buckets: readonly number[],
  next: (fence: Fence) => Partial<Fence>,
  options?: FlipOptions,
  alongside?: (query: MoveDatabase['query']) => Promise<void>,
): Promise<number> {
  const fences = await readFences(database);
  const changes = buckets.map((bucket) => {
    const expected = fences[bucket] as Fence;
    return { bucket, expected, next: { ...expected, ...next(expected) } };
  });
  return (await changeFences(database, changes, options, alongside)).size;
}

export const giveUp = ({ epoch }: Fence): Partial<Fence> => ({ epoch: epoch + 1, state: 'gone' });
export const takeOver = ({ epoch }: Fence): Partial<Fence> => ({ epoch: epoch + 1, state: 'auth' });
