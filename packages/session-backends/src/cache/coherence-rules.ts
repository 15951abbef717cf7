import { OFF } from './cache-register.ts';

/** What a process has heard from one register. All times are its own monotonic clock, in milliseconds. */
export interface Heard {
  readonly generation: number;
  /** Where the cache is in use, or {@link OFF}. */
  readonly server: string;
  /** When the register was last asked, of those times that it has answered with this generation. */
  readonly askedAt: number;
  /** When it answered with this generation first: the generation began before that. */
  readonly heardAt: number;
  /** Before that it cannot be switched on. */
  readonly offUntil: number;
}

export interface CoherenceLimits {
  /** A word that was asked for longer ago counts for nothing. */
  readonly trustMs: number;
  /** A word that is new is not acted on before that. More than `trustMs`, by what clocks may run apart in it. */
  readonly pauseMs: number;
}

/**
 * What may be done now.
 *
 * - `use`: entries of this namespace may be read and filled; a write is published when they have been told of it
 * - `soon`: as from `at`, if nothing changes
 * - `off`: a write is published, as from `at`: nobody will read what was there before it
 * - `unknown`: nothing may be read, and a write not be published, without asking or switching off first
 */
export type Verdict =
  | { readonly kind: 'use'; readonly namespace: string }
  | { readonly kind: 'soon' | 'off'; readonly at: number }
  | { readonly kind: 'unknown' };

const UNKNOWN: Verdict = { kind: 'unknown' };

/**
 * The one rule of a cache that several processes share.
 *
 * Why this holds. Nobody acts on a word of a register that was asked for `trustMs` ago, and nobody acts on a new one
 * before `pauseMs` have passed since it was heard. So for each register, and at whatever moment processes hear of it:
 * the last act on a generation comes before the first act on the next one. That needs clocks that agree on how long a
 * second is, by `pauseMs - trustMs`, and on nothing else; the register's own clock decides nothing here.
 *
 * A write is committed first, then judged, then acknowledged. Let somebody read from the cache afterwards, in a namespace
 * of one generation per register, and look at one register.
 *
 * - If the reader's generation there is older than the writer's, the reader acts on the older one after the writer has
 *   acted on the newer: cannot be.
 * - If it is newer, the writer has been judged before anybody acted on it. So its write was committed before the first
 *   load for an entry of that namespace, and every such entry has it.
 * - If it is the same at every register, it is the same namespace, and the cache was told of the write there.
 *
 * So a write must be told where *every* register says that the cache is in use: each of them is in the name. And it need
 * not be told as soon as *any* of them says that it is off: the reader's generation at that one is another one, older or
 * newer. A register that cannot be reached takes away the use of the cache, and another one can take it from everybody.
 */
export function judge(
  heard: readonly (Heard | undefined)[],
  server: string | undefined,
  now: number,
  { trustMs, pauseMs }: CoherenceLimits,
): Verdict {
  const fresh = heard.filter((word): word is Heard => word !== undefined && now - word.askedAt < trustMs);
  const off = fresh.filter((word) => word.server === OFF);
  if (off.length > 0) return { kind: 'off', at: Math.min(...off.map(({ heardAt }) => heardAt)) + pauseMs };
  if (server === undefined || fresh.length < heard.length) return UNKNOWN;
  if (fresh.some((word) => word.server !== server)) return UNKNOWN;
  const at = Math.max(...fresh.map(({ heardAt }) => heardAt)) + pauseMs;
  return now < at ? { kind: 'soon', at } : { kind: 'use', namespace: namespaceOf(server, fresh) };
}

/** The same for all, in whatever order they have the registers. */
function namespaceOf(server: string, heard: readonly Heard[]): string {
  const generations = heard.map(({ generation }) => generation).sort((a, b) => a - b);
  return `${server.slice(0, 12)}:${generations.join('.')}:`;
}
