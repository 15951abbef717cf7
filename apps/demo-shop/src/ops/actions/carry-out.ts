import type { Logger } from 'pino';
import type { SiteName } from '@switchyard/session-backends/fence';
import { thresholdsOf, type MoveOperator, type MoveOperatorOptions, type MoveSide } from '@switchyard/session-move';
import type { ActionRecord, ActionSlot } from './action-record.ts';
import type { ActionSlots } from './action-slots.ts';
import { giveChoice } from './give-choice.ts';
import { sayFailure } from './say-failure.ts';
import { sayOutcome, sayVerified } from './say-outcome.ts';

/** An action that has its slot. */
export interface ClaimedAction {
  readonly slot: ActionSlot;
  readonly token: number;
  readonly record: ActionRecord;
}

export interface CarryOutContext {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly slots: ActionSlots;
  /** Aborted when this process is to end. */
  readonly closing: AbortSignal;
  readonly operatorFor: (
    actor: string,
    more: Pick<MoveOperatorOptions, 'signal' | 'onWait' | 'thresholds'>,
  ) => MoveOperator;
  readonly logger: Logger;
}

const BEAT_MS = 1_000;
/** How long the end of an action is tried to be written down while the database is away. */
const LAST_WORD_TRIES = 60;
const FINDINGS_KEPT = 20;

/** Does what an operator has confirmed, and writes down each second how far it is. Never rejects. */
export async function carryOut(claimed: ClaimedAction, context: CarryOutContext): Promise<void> {
  const { slot, token, record: first } = claimed;
  const { sides, slots, closing, operatorFor, logger } = context;
  let record = first;
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, closing]);
  const beat = async (): Promise<void> => {
    const { isMine, stopAsked } = await slots.update(slot, token, record);
    if (!isMine || stopAsked) stop.abort();
  };
  let beating: Promise<void> | undefined;
  const timer = setInterval(() => {
    beating ??= beat()
      .catch(() => undefined)
      .finally(() => {
        beating = undefined;
      });
  }, BEAT_MS);
  const change = (change: Partial<ActionRecord>): void => {
    record = { ...record, ...change };
  };
  try {
    const onWait = (what: string): void => change({ words: what });
    const operator = operatorFor(first.actor, { signal, onWait, thresholds: thresholdsOf(first.options) });
    const outcome = await giveChoice(first, {
      sides,
      operator,
      actor: first.actor,
      signal,
      onProgress: (progress) => change({ progress }),
      onWait,
      onVerified: ({ findings, ...report }) =>
        change({
          report,
          findings: findings.slice(0, FINDINGS_KEPT),
          words: sayVerified({ ...report, findings }),
        }),
    });
    if (!outcome.done)
      change({
        state: 'refused',
        words: 'Refused; nothing was changed.',
        failed: outcome.plan.checks.filter(({ ok }) => !ok),
      });
    else if (signal.aborted && first.verb === 'backfill')
      change({ state: 'stopped', words: `Stopped. ${sayOutcome('backfill', outcome)}` });
    else change({ state: 'done', words: first.verb === 'verify' ? record.words : sayOutcome(first.verb, outcome) });
  } catch (error) {
    if (signal.aborted)
      change({ state: 'stopped', words: 'Stopped; what is done stays done. Give it again to go on.' });
    else change({ state: 'failed', words: sayFailure(error) });
  } finally {
    clearInterval(timer);
    await beating;
  }
  change({ finishedAt: new Date().toISOString() });
  const { verb, actor, state } = record;
  logger.info({ verb, actor, state }, 'action of the console ended');
  for (let tries = 0; tries < LAST_WORD_TRIES; tries++) {
    const isWritten = await slots.update(slot, token, record).then(
      () => true,
      () => false,
    );
    if (isWritten || closing.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, BEAT_MS).unref());
  }
}
