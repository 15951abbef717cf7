import type { KeyEncoding } from '@switchyard/session-backends';
import type { SiteName } from '@switchyard/session-backends/fence';
import { coveredBuckets } from '../backfill.ts';
import type { MoveSide } from '../move-side.ts';
import { backfill, type BackfillOptions } from '../worker/backfill.ts';
import type { MoveOperator, Outcome } from './move-operator.ts';
import type { VerbOptions } from './verb-options.ts';
import { waitForAll } from './wait-for-all.ts';

export interface GiveBackfillContext extends Pick<BackfillOptions, 'onProgress'> {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly keyEncoding?: KeyEncoding;
  readonly signal: AbortSignal;
  /** Told what is being waited for, in a sentence. */
  readonly onWait: (what: string) => void;
}

export interface Filled {
  /** Buckets. */
  readonly covered: number;
  /** Those copied, in all; missing where nothing was to be copied. */
  readonly rows?: number;
}

/** Has the operator fill the new database, or wait until it has been filled by what the shop writes. */
export function giveBackfill(
  operator: MoveOperator,
  { rate, throttle = true, wait = false }: VerbOptions,
  { sides, keyEncoding, signal, onProgress, onWait }: GiveBackfillContext,
): Promise<Outcome<Filled>> {
  const detail = { wait, ...(rate !== undefined && { rate }), ...(!throttle && { throttle }) };
  return operator.run<Filled>('backfill', detail, async () => {
    if (wait) {
      const moveId = await waitForAll(sides, { keyEncoding, signal, onWait });
      return { covered: (await coveredBuckets(sides.new.database, moveId)).size };
    }
    const { covered, rows } = await backfill(sides, {
      throttle: throttle ? 'auto' : 'off',
      signal,
      ...(keyEncoding !== undefined && { keyEncoding }),
      ...(onProgress !== undefined && { onProgress }),
      ...(rate !== undefined && { maxRowsPerSecond: rate }),
    });
    return { covered, rows };
  });
}
