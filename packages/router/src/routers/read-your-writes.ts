import type { Hints } from '../router.ts';
import { RouterError } from '../router-error.ts';
import { parseLogPosition } from './log-position.ts';

/** Asks the servers how far they are in the write-ahead log. Positions as PostgreSQL prints them: `16/B374D848`. */
export interface LogPositions {
  /** How far the primary is: `select pg_current_wal_insert_lsn()`. */
  written(): Promise<string>;
  /** How far a replica has replayed: `select pg_last_wal_replay_lsn()`; null where it replays nothing. */
  replayed(replica: string): Promise<string | null>;
}

export interface ReadYourWritesOptions {
  readonly positions: LogPositions;
  /** For how long a write keeps its reader on the primary at most, in milliseconds. */
  readonly maxMs: number;
  /** How often a replica is asked at most, in milliseconds. Default is 10. */
  readonly pollMs?: number;
  /**
   * Whose writes: reads with the same key see them, as do those of the same request in any case. Default, and for
   * `undefined`: only those of the same request; outside of a request a write without a key is not followed.
   */
  readonly keyOf?: (hints: Hints) => string | undefined;
  /** Told the log's position after a write, for instance to keep it in a cookie and give it as `afterPosition`. */
  readonly onWritten?: (position: string, hints: Hints) => void;
  /** Milliseconds of a clock that does not jump. Default is `performance.now`. */
  readonly now?: () => number;
}

/** Knows which replicas may serve a read. */
export interface ReadYourWrites {
  wrote(hints: Hints): void;
  /**
   * Whether the replica has replayed what the reader wrote, and what the hint `afterPosition` asks for. Never waits:
   * positions are asked for in the background, and until an answer is there it is no.
   */
  mayRead(replica: string, hints: Hints): boolean;
}

interface Write {
  readonly until: number;
  /** `undefined` until the primary has answered. */
  position?: bigint;
}

export function createReadYourWrites(options: ReadYourWritesOptions): ReadYourWrites {
  const { positions, maxMs, pollMs = 10, keyOf, onWritten, now = () => performance.now() } = options;
  if (!(maxMs > 0) || !(pollMs >= 0))
    throw new RouterError('INVALID_OPTION', 'Reading one’s writes needs maxMs > 0 and pollMs >= 0.');
  const byKey = new Map<string, Write>();
  const byRequest = new WeakMap<object, Write>();
  const replayedBy = createReplayPositions(positions, pollMs, now);

  function wrote(hints: Hints): void {
    const write: Write = { until: now() + maxMs };
    const key = keyOf?.(hints);
    if (key !== undefined) rememberByKey(key, write);
    if (hints.request !== undefined) byRequest.set(hints.request.whole, write);
    // Without an answer the reader stays on the primary until its time is over.
    askWritten(write, hints).catch(() => undefined);
  }

  async function askWritten(write: Write, hints: Hints): Promise<void> {
    const position = await positions.written();
    write.position = parseLogPosition(position);
    await (onWritten?.(position, hints) as unknown);
  }

  /** Latest last; so the entries that are over come first. */
  function rememberByKey(key: string, write: Write): void {
    byKey.delete(key);
    byKey.set(key, write);
    for (const [old, { until }] of byKey) {
      if (until > now()) return;
      byKey.delete(old);
    }
  }

  function has(replica: string, write: Write | undefined): boolean {
    if (write === undefined || write.until <= now()) return true;
    return write.position !== undefined && replayedBy(replica) >= write.position;
  }

  function mayRead(replica: string, hints: Hints): boolean {
    const { request, afterPosition: after } = hints;
    const key = keyOf?.(hints);
    if (key !== undefined && !has(replica, byKey.get(key))) return false;
    if (request !== undefined && !has(replica, byRequest.get(request.whole))) return false;
    return after === undefined || replayedBy(replica) >= asked(after);
  }

  return { wrote, mayRead };
}

/** It may come from a visitor's cookie: what is no position no replica has. */
function asked(position: unknown): bigint {
  return typeof position === 'string' && /^[0-9a-f]{1,8}\/[0-9a-f]{1,8}$/i.test(position)
    ? parseLogPosition(position)
    : 2n ** 64n;
}

/** The last known position of each replica, asked for anew in the background when it is looked at. */
function createReplayPositions(
  positions: LogPositions,
  pollMs: number,
  now: () => number,
): (replica: string) => bigint {
  const known = new Map<string, { position: bigint; askedAt: number }>();

  async function ask(replica: string, entry: { position: bigint }): Promise<void> {
    const position = await positions.replayed(replica);
    if (position !== null) entry.position = parseLogPosition(position);
  }

  return (replica) => {
    const entry = known.get(replica) ?? { position: -1n, askedAt: -Infinity };
    known.set(replica, entry);
    if (now() - entry.askedAt >= pollMs) {
      entry.askedAt = now();
      // A replica that does not answer keeps its last known position, and so serves no reader who needs more.
      ask(replica, entry).catch(() => undefined);
    }
    return entry.position;
  };
}
