import type { KeyEncoding } from '../keys.ts';
import type { ConflictResolver } from '../session/merge.ts';
import type { SessionEvent } from '../session/session-settings.ts';
import type { SessionStore } from '../store.ts';
import type { SavedValues } from './session-shape.ts';

/**
 * As SessionEvent; and `gone`: a save found its session destroyed and wrote nothing. For counters and logs; never carries
 * data or keys.
 */
export type SavedEvent = SessionEvent | 'gone';

/** What the stores for express-session, @fastify/session and koa-session have in common. */
export interface SavedSessionsOptions {
  readonly store: SessionStore;
  /** Must be what the rows were written with, and the same for both sides of a move. Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** Comes before each session id, for applications that share a table. Default is none. */
  readonly prefix?: string;
  /** Age of a session that does not say when it ends (its cookie ends with the browser), in ms. Default is a day. */
  readonly ttlMs?: number;
  /**
   * An expiry is renewed only when that moves it by at least this much, in milliseconds. Default is a tenth of the
   * session's age; 0 for sessions of five minutes and less.
   */
  readonly touchAfterMs?: number;
  /** Whose session it is, for "list" and "log out everywhere". Default is nobody's. */
  readonly userIdOf?: (session: Readonly<SavedValues>) => string | null;
  /**
   * Decides about a value that two requests changed at once, where merging part by part cannot; may throw
   * SESSION_CONFLICT to refuse. Default is that the later writer wins, which is told as `overwritten`.
   */
  readonly resolve?: ConflictResolver;
  /** Largest encoded session, in bytes of UTF-8. Default is 262,144. */
  readonly maxBytes?: number;
  /** Milliseconds since 1970. Default is Date.now. */
  readonly now?: () => number;
  readonly onEvent?: (event: SavedEvent) => void;
}

const DAY_MS = 86_400_000;

/** Checked and filled in. */
export type SavedSettings = Required<Omit<SavedSessionsOptions, 'touchAfterMs'>> & {
  readonly touchAfterMs: number | undefined;
};

/** @throws {TypeError} naming the option */
export function toSavedSettings(options: SavedSessionsOptions): SavedSettings {
  const { store, ttlMs = DAY_MS, maxBytes = 262_144, touchAfterMs, onEvent = () => undefined } = options;
  if (typeof store?.load !== 'function' || typeof store.apply !== 'function')
    throw new TypeError('"store" has to be a session store');
  assertPositive('ttlMs', ttlMs);
  assertPositive('maxBytes', maxBytes);
  if (touchAfterMs !== undefined && !(touchAfterMs >= 0)) throw new TypeError('"touchAfterMs" is negative');
  const last: ConflictResolver = ({ ours }) => {
    onEvent('overwritten');
    return ours;
  };
  return Object.freeze({
    store,
    keyEncoding: options.keyEncoding ?? 'sha256',
    prefix: options.prefix ?? '',
    ttlMs,
    touchAfterMs,
    userIdOf: options.userIdOf ?? (() => null),
    resolve: options.resolve ?? last,
    maxBytes,
    now: options.now ?? Date.now,
    onEvent,
  });
}

function assertPositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) throw new TypeError(`"${name}" has to be a positive number`);
}
