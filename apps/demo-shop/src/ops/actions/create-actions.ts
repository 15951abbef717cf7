import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { SiteName } from '@switchyard/session-backends/fence';
import {
  createMoveOperator,
  thresholdsOf,
  type MoveFlagsPort,
  type MovePlan,
  type MoveSide,
} from '@switchyard/session-move';
import { slotOf, type ActionRecord, type ActionSeen, type ActionSlot, type VerbChoice } from './action-record.ts';
import { actionSlots } from './action-slots.ts';
import { carryOut, type CarryOutContext } from './carry-out.ts';
import { readStateMark } from './state-mark.ts';

/** What an operator is shown before anything is done. */
export interface ShownPlan {
  readonly choice: VerbChoice;
  readonly plan: MovePlan;
  /** The state that it was made for; `undefined`: a database is away. */
  readonly mark: string | undefined;
  /** The number of the action that confirming it begins: once, however often it is sent. */
  readonly id: string;
}

export type Begun =
  | { readonly status: 'begun' | 'repeated' }
  /** The state is another one than that of the plan. */
  | { readonly status: 'moved on' }
  | { readonly status: 'busy'; readonly by: ActionSeen | undefined };

export interface Actions {
  plan(choice: VerbChoice, actor: string): Promise<ShownPlan>;
  /** Begins what was confirmed, and does not wait for its end. @throws when the new database does not answer */
  begin(choice: VerbChoice, confirmed: { id: string; mark: string }, actor: string): Promise<Begun>;
  /** Asks whoever runs it to stop at the next safe point. */
  stop(slot: ActionSlot, id: string): Promise<void>;
  /** Lets what runs here stop at a safe point. */
  close(): Promise<void>;
}

export interface ActionsOptions {
  readonly sides: Readonly<Record<SiteName, MoveSide>>;
  readonly flags: MoveFlagsPort;
  readonly logger: Logger;
}

export function createActions({ sides, flags, logger }: ActionsOptions): Actions {
  const slots = actionSlots(sides.new.database);
  const running = new Set<Promise<void>>();
  const closing = new AbortController();

  const operatorFor: CarryOutContext['operatorFor'] = (actor, more) =>
    createMoveOperator({ ...sides, flags, actor, ...more });
  const context: CarryOutContext = { sides, slots, closing: closing.signal, operatorFor, logger };

  return {
    plan: async (choice, actor) => {
      // The mark first: what changes while the plan is made makes it stale.
      const mark = await readStateMark(sides).catch(() => undefined);
      const { verb, percent, options } = choice;
      const plan = await operatorFor(actor, { thresholds: thresholdsOf(options) }).plan(verb, percent, options);
      return { choice, plan, mark, id: randomBytes(12).toString('base64url') };
    },

    begin: async (choice, { id, mark }, actor) => {
      const slot = slotOf(choice.verb);
      const seen = (await slots.read()).find((each) => each.slot === slot);
      if (seen?.id === id) return { status: 'repeated' };
      if ((await readStateMark(sides)) !== mark) return { status: 'moved on' };
      const record: ActionRecord = {
        ...choice,
        id,
        actor,
        process: `${hostname()}/${process.pid}`,
        startedAt: new Date().toISOString(),
        finishedAt: null,
        state: 'running',
        progress: null,
        words: '',
        failed: [],
        report: null,
        findings: [],
      };
      const claim = await slots.claim(slot, record);
      if (claim.status !== 'claimed') return claim;
      // Somebody else may have been done in between.
      if ((await readStateMark(sides)) !== mark) {
        const words = 'Not begun: the state of the move had gone on. Look at it again.';
        const finishedAt = new Date().toISOString();
        await slots.update(slot, claim.token, { ...record, state: 'refused', words, finishedAt });
        return { status: 'moved on' };
      }
      logger.info({ verb: choice.verb, actor }, 'action of the console begun');
      const work = carryOut({ slot, token: claim.token, record }, context).finally(() => running.delete(work));
      running.add(work);
      return { status: 'begun' };
    },

    stop: (slot, id) => slots.askToStop(slot, id),

    close: async () => {
      closing.abort();
      await Promise.all(running);
    },
  };
}
