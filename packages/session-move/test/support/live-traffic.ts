import { randomInt } from 'node:crypto';
import {
  bucketOfStored,
  drawSessionKey,
  encodeKey,
  type SessionOperation,
  type SessionStore,
  type StoredKey,
} from '@switchyard/session-backends';
import type { SiteName } from '@switchyard/session-backends/fence';
import type { MoveSide } from '../../src/move-side.ts';
import { drainBatch } from '../../src/outbox.ts';
import { nthKey } from './filled-sides.ts';
import { storedKeyIn } from './stored-keys.ts';

export interface LiveTraffic {
  readonly counts: { written: number; carried: number };
  /** @throws what a writer or the drain has met */
  stop(): Promise<void>;
}

export interface TrafficOptions {
  readonly store: SessionStore;
  readonly old: MoveSide;
  readonly new: MoveSide;
  /** The rows that are written, of `startFilled`. */
  readonly rows: readonly [from: number, to: number];
  readonly writers?: number;
  /** The key of the nth row. Default is that of `startFilled`. */
  readonly keyOf?: (n: number) => StoredKey;
  /** Only changes and touches. */
  readonly blind?: boolean;
  /** Sides whose outbox is drained all the time. Default is the old one. */
  readonly drains?: readonly SiteName[];
}

const EXPIRES_AT = new Date('2100-01-01T00:00:00Z');

/** Shoppers who change, touch, create, rename and destroy sessions as fast as they can, and drains that carry it all. */
export function startTraffic(options: TrafficOptions): LiveTraffic {
  const { store, rows, writers = 4, keyOf = nthKey, blind = false, drains = ['old'] } = options;
  const counts = { written: 0, carried: 0 };
  let stopped = false;

  const body = (): { data: string; expiresAt: Date; userId: string | null } => ({
    data: `{"n":${randomInt(1_000_000)}}`,
    expiresAt: EXPIRES_AT,
    userId: randomInt(2) === 0 ? null : 'somebody',
  });
  const operation = (key: StoredKey): SessionOperation => {
    const what = randomInt(blind ? 14 : 20);
    if (what < 10) return { kind: 'update', key, ...body(), expectedVersion: undefined };
    if (what < 14) return { kind: 'touch', key, expiresAt: new Date(EXPIRES_AT.getTime() + randomInt(1_000)) };
    if (what < 17) return { kind: 'create', key: encodeKey(drawSessionKey()), ...body(), fresh: true };
    if (what < 19) return { kind: 'destroy', key };
    return { kind: 'rename', key, newKey: storedKeyIn(bucketOfStored(key)), ...body(), expectedVersion: undefined };
  };
  const write = async (): Promise<void> => {
    const [result] = await store.apply([operation(keyOf(randomInt(rows[0], rows[1] + 1)))]);
    if (result?.status === 'unavailable') throw result.cause;
    if (result?.status === 'ok') counts.written++;
  };
  const carry = async (from: SiteName): Promise<void> => {
    const { copied } = await drainBatch(options[from], options[from === 'old' ? 'new' : 'old'], { batch: 200 });
    counts.carried += copied;
  };

  const failures: unknown[] = [];
  const again = async (once: () => Promise<void>): Promise<void> => {
    while (!stopped)
      await once().catch((error: unknown) => {
        failures.push(error);
        stopped = true;
      });
  };
  const loops = [
    ...Array.from({ length: writers }, () => again(write)),
    ...drains.map((from) => again(() => carry(from))),
  ];
  return {
    counts,
    stop: async () => {
      stopped = true;
      await Promise.all(loops);
      if (failures.length > 0) throw failures[0];
    },
  };
}
