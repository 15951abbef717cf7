import type { Random } from '../random.ts';
import type { Comeback } from './witness.ts';

/** A session that must not answer any more. */
export interface Grave {
  readonly kind: Comeback['kind'];
  /** The `Cookie` header that it was known by. */
  readonly cookie: string;
  /** After that its age has passed anyway. */
  readonly until: number;
}

/** The sessions that one shopper has left behind. */
export interface Graveyard {
  bury(grave: Grave): void;
  /** Any that is still worth a look; `undefined` when there is none. */
  pick(random: Random, now: number): Grave | undefined;
  all(now: number): readonly Grave[];
  remove(grave: Grave): void;
}

export function createGraveyard(): Graveyard {
  let graves: Grave[] = [];
  const all = (now: number): readonly Grave[] => (graves = graves.filter(({ until }) => until > now));
  return {
    bury: (grave) => void graves.push(grave),
    all,
    pick: (random, now) => (all(now).length === 0 ? undefined : random.pick(graves)),
    remove: (grave) => void (graves = graves.filter((other) => other !== grave)),
  };
}
