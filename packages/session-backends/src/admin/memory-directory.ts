import type { MemorySite } from '../fence/index.ts';
import type { SessionDirectory } from './session-directory.ts';

/** The sessions of a memory store: `memoryDirectory(memoryStore().site)`. */
export const memoryDirectory = ({ rows }: MemorySite): SessionDirectory => ({
  keys: async ({ userId, after = '', limit }) =>
    [...rows]
      .flatMap(([key, row]) =>
        key > after && row.data !== null && (userId === undefined || row.userId === userId) ? [key] : [],
      )
      .sort()
      .slice(0, limit),
});
