import type { ConsoleStatus } from './console-status.ts';
import type { BenchStatus } from './read-bench.ts';
import type { StatusReader } from './status-reader.ts';
import { toSample, type Sample } from './sample.ts';

/** The latest that was read; `trouble`: why the last look failed. */
export interface Snapshot {
  readonly status: ConsoleStatus;
  readonly trouble: string | undefined;
  /** In development only. */
  readonly bench: BenchStatus | undefined;
}

export interface StatusFeed {
  /** A look now, or the one under way. @throws when nothing can be read */
  now(): Promise<Snapshot>;
  /** What the charts show, the oldest first. */
  history(): readonly Sample[];
  /** Calls back with each look, about once a second, until it is let go. */
  watch(onSnapshot: (snapshot: Snapshot) => void): () => void;
  close(): Promise<void>;
}

export interface StatusFeedOptions {
  readonly read: StatusReader;
  readonly readBench?: () => Promise<BenchStatus>;
  /** Between two looks. Default is 1,000 ms. */
  readonly everyMs?: number;
  /** How long to go on when nobody looks any more, so that a reload keeps its charts. Default is 10,000 ms. */
  readonly lingerMs?: number;
  /** Told when a watcher has thrown. It is let go: a fault of a page must not end the process that serves the shop. */
  readonly onFault?: (error: unknown) => void;
}

/** Five minutes at one a second. */
const HISTORY = 300;

/** One look for everybody who watches; none when nobody does. */
export function createStatusFeed(options: StatusFeedOptions): StatusFeed {
  const { read, readBench, everyMs = 1_000, lingerMs = 10_000, onFault = () => undefined } = options;
  const watchers = new Set<(snapshot: Snapshot) => void>();
  const samples: Sample[] = [];
  let latest: Snapshot | undefined;
  let watchedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<Snapshot> | undefined;
  let isClosed = false;

  const look = (): Promise<Snapshot> => {
    looking ??= readOnce().finally(() => {
      looking = undefined;
    });
    return looking;
  };

  const readOnce = async (): Promise<Snapshot> => {
    // What can be broken tells of itself also while it is broken.
    const bench = await readBench?.().catch(() => latest?.bench);
    try {
      const status = await read();
      latest = { status, trouble: undefined, bench };
      samples.push(toSample(status));
      if (samples.length > HISTORY) samples.shift();
    } catch (error) {
      if (latest === undefined) throw error;
      latest = { ...latest, bench, trouble: error instanceof Error ? error.name : 'unknown' };
    }
    return latest;
  };

  const tell = (onSnapshot: (snapshot: Snapshot) => void, snapshot: Snapshot): void => {
    try {
      onSnapshot(snapshot);
    } catch (error) {
      watchers.delete(onSnapshot);
      onFault(error);
    }
  };

  const round = async (): Promise<void> => {
    const snapshot = await look().catch(() => undefined);
    if (snapshot !== undefined) for (const onSnapshot of watchers) tell(onSnapshot, snapshot);
    if (watchers.size > 0) watchedAt = Date.now();
    if (!isClosed && Date.now() - watchedAt < lingerMs) timer = setTimeout(() => void round(), everyMs);
    else {
      timer = undefined;
      samples.length = 0;
    }
    timer?.unref();
  };

  return {
    now: look,
    history: () => samples,
    watch: (onSnapshot) => {
      watchers.add(onSnapshot);
      watchedAt = Date.now();
      if (timer === undefined && !isClosed) {
        timer = setTimeout(() => void round(), 0);
        timer.unref();
      }
      return () => {
        watchers.delete(onSnapshot);
      };
    },
    close: async () => {
      isClosed = true;
      clearTimeout(timer);
      watchers.clear();
      await looking?.catch(() => undefined);
    },
  };
}
