import type { MoveSide } from '@switchyard/session-move';
import type { Order, Point, Word } from './messages.ts';
import { watchPoints } from './watch-points.ts';

/** In the process of a controller or the worker: where it waits for a word. */
export interface Holding {
  /** To be called at every point; resolves at once unless it is the one to wait at. */
  at(point: Point): Promise<void>;
  /** The same side, with points where its fences change and where rows come in. */
  watch(side: MoveSide): MoveSide;
}

export const say = (word: Word): void => void process.send?.(word);

/** Listens to the orders that are about points. */
export function createHolding(): Holding {
  let wanted: Point | undefined;
  let go = (): void => undefined;
  process.on('message', (order: Order) => {
    if (order.kind === 'hold') wanted = order.point;
    if (order.kind === 'go') go();
  });
  const at = async (point: Point): Promise<void> => {
    if (wanted === undefined || !isReached(wanted, point)) return;
    wanted = undefined;
    const word = new Promise<void>((resolve) => (go = resolve));
    say({ kind: 'at-point' });
    await word;
  };
  return { at, watch: (side) => watchPoints(side, at) };
}

function isReached(wanted: Point, point: Point): boolean {
  if (wanted.at === 'fence') return point.at === 'fence' && point.when === wanted.when && point.step === wanted.step;
  if (wanted.at === 'drain') return point.at === 'drain' && point.when === wanted.when;
  return point.at === 'backfill' && point.covered >= wanted.covered;
}
