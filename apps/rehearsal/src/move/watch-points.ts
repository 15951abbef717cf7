import type { MoveDatabase, MoveSide } from '@switchyard/session-move';
import type { FenceStep, Point } from './messages.ts';

/** The same side; `at` is called, and waited for, when a fence of it is changed and when rows come in. */
export function watchPoints({ database, site }: MoveSide, at: (point: Point) => Promise<void>): MoveSide {
  const transaction: MoveDatabase['transaction'] = async (work) => {
    let step: FenceStep | undefined;
    const result = await database.transaction((query) =>
      work(async (text, values) => {
        const rows = await query(text, values);
        if (!text.trimStart().startsWith('update session_fence')) return rows;
        step = stepOf(values as FenceColumns);
        await at({ at: 'fence', when: 'inside', step });
        return rows;
      }),
    );
    if (step !== undefined) await at({ at: 'fence', when: 'after', step });
    return result;
  };
  return {
    database: { ...database, transaction },
    site: {
      ...site,
      copy: async (copies) => {
        await at({ at: 'drain', when: 'before' });
        const results = await site.copy(copies);
        await at({ at: 'drain', when: 'after' });
        return results;
      },
    },
  };
}

type Column<T> = readonly T[];
type Fences = readonly [
  epoch: Column<number>,
  state: Column<string>,
  merge: Column<boolean>,
  floor: Column<number>,
  capture: Column<boolean>,
  moveId: Column<string | null>,
];
/** The buckets, what is to be, and what was. */
type FenceColumns = readonly [Column<number>, ...next: Fences, ...before: Fences];

/** All fences of one change are changed alike. */
function stepOf(columns: FenceColumns): FenceStep {
  const [, , [state], [merge], , [capture], [moveId], , [state0], [merge0], , [capture0], [moveId0]] = columns;
  if (state !== state0) {
    if (state === 'armed') return 'arm';
    if (state0 === 'armed') return state === 'auth' ? 'activate' : 'disarm';
    return state === 'gone' ? 'commit' : 'settle';
  }
  if (capture !== capture0) return capture === true ? 'capture' : 'stop-capture';
  if (merge !== merge0) return 'parity';
  if (moveId !== moveId0) return 'prepare';
  return state === 'idle' ? 'wipe' : 'settle';
}
