import type { Fence, FenceState } from './rules.ts';

/** A row of `session_fence`, each of its columns as the driver reads it. */
export const fenceOfRow = (row: Readonly<Record<string, unknown>>): Fence => ({
  epoch: row['epoch'] as number,
  state: row['state'] as FenceState,
  merge: row['merge'] as boolean,
  floor: Number(row['floor']),
  capture: row['capture'] as boolean,
  moveId: row['move_id'] as string | null,
});
