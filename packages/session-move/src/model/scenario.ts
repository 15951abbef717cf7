import type { RequestKind } from './request.ts';

/** What a run of the model contains. Everything that is not bounded here happens in every order and as often as it can. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** Processes of the shop, each with one request at a time. */
  readonly processes: number;
  /** How many requests there are in all, and how many of each kind at most. */
  readonly requests: number;
  readonly kinds: Partial<Record<RequestKind, number>>;
  /** Switches: 1 is there, 2 is there and back, 3 is there, back and there again. 0: none. */
  readonly hops: number;
  /** Is there a session at the start? It lives at the old site. */
  readonly startsWith: 'live' | 'short' | 'absent';
  /** Where the move stands at the start: not begun, or capture on and nothing copied, or the copy complete. */
  readonly moveStands: 'not-begun' | 'capturing' | 'mirrored';
  /** 2 for a rename, otherwise 1. */
  readonly keys: number;
  /** Copies travel: late, repeated, in any order, or never. */
  readonly copies: boolean;
  readonly purge: boolean;
  /**
   * `stands`: nothing ever expires. `hours`: it may strike once, which stands for more than an hour; sessions live on,
   * but tombstones from before are old enough for the mirror to purge them. `expiry`: it may strike twice; saves choose
   * whether the session expires at the first strike, and the second is an hour after that.
   */
  readonly clock: 'stands' | 'hours' | 'expiry';
  /** How many moves may begin in all; with 2, the first may be cancelled or completed and another one begun. */
  readonly moves: number;
  /** 0: each fence change is made on a fresh view of both sites. 2: so many controllers, each acting on what it read. */
  readonly controllers: number;
  /** An arm may be taken back. */
  readonly disarm: boolean;
  /** So many writes lose their answer, and reach the database later or never. */
  readonly lostAnswers: number;
  /** So many times a process starts anew and asks the fences what to believe. */
  readonly restarts: number;
  /** All saves write the same bytes. */
  readonly sameBytes: boolean;
  /** Steps that the run must have seen somewhere, or it has shown nothing. */
  readonly mustReach: readonly string[];
}

export const PLAIN: Scenario = {
  name: 'plain',
  title: '',
  processes: 2,
  requests: 2,
  kinds: { load: 1, save: 2, destroy: 1 },
  hops: 1,
  startsWith: 'live',
  moveStands: 'capturing',
  keys: 1,
  copies: true,
  purge: false,
  clock: 'stands',
  moves: 1,
  controllers: 0,
  disarm: false,
  lostAnswers: 0,
  restarts: 0,
  sameBytes: false,
  mustReach: [],
};
