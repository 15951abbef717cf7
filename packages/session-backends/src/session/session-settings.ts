import type { KeyAlphabet, KeyEncoding } from '../keys.ts';
import type { SessionStore } from '../store.ts';
import { jsonCodec } from './json-codec.ts';
import { KeyTurns } from './key-turns.ts';
import type { ConflictResolver } from './merge.ts';
import type { SessionCodec } from './session-codec.ts';
import { SessionError } from './session-error.ts';

/**
 * For counters and logs; never carries data or keys. `conflict`: a write met a newer row and was merged.
 * `overwritten`: a value that somebody else had changed too was replaced (`resolve: 'last'`). `undecodable`: a stored
 * session could not be read.
 */
export type SessionEvent = 'conflict' | 'overwritten' | 'undecodable';

export interface SessionsOptions {
  readonly store: SessionStore;
  /** How long a session lives after its last change, in milliseconds. Default is 14 days. */
  readonly ttlMs?: number;
  /** Must be what the rows were written with, and the same for both sides of a move. Default is "sha256". */
  readonly keyEncoding?: KeyEncoding;
  /** Where sessions come from another library, whose keys are others than ours: "base64url". Default is "a-z0-9". */
  readonly keyAlphabet?: KeyAlphabet;
  /** Default is JSON. */
  readonly codec?: SessionCodec;
  /**
   * Decides about a value that two requests changed at once, where merging part by part cannot. `last`: the later
   * writer wins. Default is to refuse, with SESSION_CONFLICT.
   */
  readonly resolve?: ConflictResolver | 'last';
  /** Renew the expiry of every session that a request shows, changed or not. Default is false. */
  readonly saveEveryRequest?: boolean;
  /** Renew an unchanged session's expiry only when this much of it has passed. Default is a tenth of the session's age. */
  readonly touchAfterMs?: number;
  /** Cookies end with the browser unless setExpiry says otherwise; rows live for `ttlMs`. Default is false. */
  readonly expireAtBrowserClose?: boolean;
  /** Largest encoded session, in bytes of UTF-8. Default is 262,144. */
  readonly maxBytes?: number;
  /** Milliseconds since 1970, by the database's clock if that is known. Default is Date.now. */
  readonly now?: () => number;
  readonly onEvent?: (event: SessionEvent) => void;
}

/** The options of createSessions, checked and filled in, and what all sessions of a process share. */
export interface SessionSettings {
  readonly store: SessionStore;
  readonly ttlMs: number;
  readonly keyEncoding: KeyEncoding;
  readonly keyAlphabet: KeyAlphabet;
  readonly codec: SessionCodec;
  readonly resolve: ConflictResolver;
  readonly saveEveryRequest: boolean;
  readonly touchAfterMs: number | undefined;
  readonly expireAtBrowserClose: boolean;
  readonly maxBytes: number;
  readonly now: () => number;
  readonly onEvent: (event: SessionEvent) => void;
  readonly turns: KeyTurns;
  /** What the browser holds instead of the key, where that is the whole session. */
  readonly cookieValue?: () => string | undefined;
}

const TWO_WEEKS_MS = 1_209_600_000;

export function toSettings(options: SessionsOptions): SessionSettings {
  const {
    store,
    ttlMs = TWO_WEEKS_MS,
    keyEncoding = 'sha256',
    keyAlphabet = 'a-z0-9',
    codec = jsonCodec,
    resolve = refuse,
    saveEveryRequest = false,
    touchAfterMs,
    expireAtBrowserClose = false,
    maxBytes = 262_144,
    now = Date.now,
    onEvent = () => undefined,
  } = options;
  if (typeof store?.load !== 'function' || typeof store.apply !== 'function')
    throw new TypeError('createSessions: "store" has to be a session store');
  assertPositive('ttlMs', ttlMs);
  assertPositive('maxBytes', maxBytes);
  if (touchAfterMs !== undefined && !(touchAfterMs >= 0))
    throw new TypeError('createSessions: "touchAfterMs" is negative');
  return Object.freeze({
    store,
    ttlMs,
    keyEncoding,
    keyAlphabet,
    codec,
    resolve: resolve === 'last' ? lastWins(onEvent) : resolve,
    saveEveryRequest,
    touchAfterMs,
    expireAtBrowserClose,
    maxBytes,
    now,
    onEvent,
    turns: new KeyTurns(),
  });
}

function assertPositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0)
    throw new TypeError(`createSessions: "${name}" has to be a positive number`);
}

const refuse: ConflictResolver = () => {
  throw new SessionError('SESSION_CONFLICT');
};

const lastWins =
  (onEvent: (event: SessionEvent) => void): ConflictResolver =>
  ({ ours }) => {
    onEvent('overwritten');
    return ours;
  };
