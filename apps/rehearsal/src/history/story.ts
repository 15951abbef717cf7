import type { LiveSession, State } from '../checker/basket-object.ts';
import type { Verdict } from '../checker/linearize.ts';
import type { Operation } from './operation.ts';
import type { SessionHistory } from './sessions-of.ts';

/** What went on in a session until something was answered that no order explains, for whoever wants to know why. */
export interface SessionStory {
  /** Counted from one, in the order in which sessions began. */
  readonly session: number;
  readonly shopper: number;
  readonly verdict: 'not linearizable' | 'undecided';
  /** The keys that the session had, one after the other, as letters. */
  readonly keys: string;
  /** Operations before those told here. */
  readonly earlier: number;
  readonly operations: readonly ToldOperation[];
  /** What the session may have been like before the one that could not be placed. */
  readonly possible: readonly string[];
}

export interface ToldOperation {
  /** In seconds; `null`: the answer has not come. */
  readonly from: number;
  readonly to: number | null;
  readonly process: number;
  readonly key: string;
  readonly what: string;
  readonly outcome: Operation['outcome'];
  /** What its shopper saw. */
  readonly saw: string;
  /** No order explains this one. */
  readonly cannotBePlaced: boolean;
}

export interface StoryOptions {
  readonly session: SessionHistory;
  readonly number: number;
  readonly verdict: Exclude<Verdict, { kind: 'linearizable' }>;
  /** The moment that seconds count from. */
  readonly since: number;
}

const OPERATIONS_TOLD = 16;
const STATES_TOLD = 4;

export function storyOf({ session, number, verdict, since }: StoryOptions): SessionStory {
  const { shopper, keys, events } = session;
  const unplaced = events[verdict.event]?.operation;
  const end = unplaced?.to ?? Infinity;
  const before = events.map(({ operation }) => operation).filter(({ from }) => from <= end);
  const told = before.slice(-OPERATIONS_TOLD);
  if (unplaced !== undefined && !told.includes(unplaced)) told.unshift(unplaced);
  const letters = lettersOf(keys);
  return {
    session: number,
    shopper,
    verdict: verdict.kind === 'violation' ? 'not linearizable' : 'undecided',
    keys: keys.map((key) => letters(key)).join(' → '),
    earlier: before.length - told.length,
    operations: told.map((operation) => tell(operation, { letters, since, isUnplaced: operation === unplaced })),
    possible: verdict.kind === 'violation' ? describeStates(verdict.possible, letters) : [],
  };
}

type Letters = (key: number | undefined) => string;

/** Keys of other sessions have no letter here. */
const lettersOf =
  (keys: readonly number[]): Letters =>
  (key) => {
    if (key === undefined) return 'none';
    const index = keys.indexOf(key);
    if (index < 0) return 'another';
    return index < 26 ? String.fromCharCode(97 + index) : `key ${index + 1}`;
  };

interface TellOptions {
  readonly letters: Letters;
  readonly since: number;
  readonly isUnplaced: boolean;
}

function tell(operation: Operation, { letters, since, isUnplaced }: TellOptions): ToldOperation {
  const { from, to, process, key, outcome } = operation;
  const seconds = (at: number): number => Math.round(at - since) / 1_000;
  return {
    from: seconds(from),
    to: to === undefined ? null : seconds(to),
    process,
    key: letters(key),
    what: describeCall(operation),
    outcome,
    saw: describeAnswer(operation, letters),
    cannotBePlaced: isUnplaced,
  };
}

function describeCall({ call }: Operation): string {
  switch (call.kind) {
    case 'add':
      return `add ${call.quantity} of ${call.productId}`;
    case 'set':
      return `set ${call.productId} to ${call.quantity}`;
    case 'remove':
      return `remove ${call.productId}`;
    case 'login':
      return 'log in';
    case 'logout':
      return 'log out';
    case 'checkout':
      return 'order';
    case 'form':
      return 'open checkout';
    case 'look':
      return 'look';
    case 'browse':
      return 'browse';
  }
}

function describeAnswer({ call, key, keyAfter, error, shown, formAnswer }: Operation, letters: Letters): string {
  const parts = [
    error,
    shown && describeBasket(shown.lines, shown.user),
    formAnswer && (typeof formAnswer === 'string' ? formAnswer : 'a form'),
    keyAfter === key ? undefined : keyAfter === undefined ? 'no session any more' : `the key ${letters(keyAfter)}`,
  ].filter((part) => part !== undefined);
  if (parts.length > 0) return parts.join(', ');
  return call.kind === 'browse' ? 'a page' : '';
}

/** Who is logged in is nobody's business. */
function describeBasket(lines: ReadonlyMap<string, number>, user: string | null): string {
  const text = [...lines]
    .sort(([one], [other]) => Number(one) - Number(other))
    .map(([productId, quantity]) => `${quantity} of ${productId}`)
    .join(', ');
  return `[${text}]${user === null ? '' : ' logged in'}`;
}

function describeStates(states: readonly State[], letters: Letters): readonly string[] {
  const all = [...new Set(states.map((state) => describeState(state, letters)))];
  return all.length <= STATES_TOLD ? all : [...all.slice(0, STATES_TOLD), `${all.length - STATES_TOLD} more`];
}

function describeState(state: State, letters: Letters): string {
  const sessions = [...state].map(([key, session]) => `key ${letters(key)}: ${describeSession(session)}`);
  return sessions.length === 0 ? 'no session' : sessions.join('; ');
}

const describeSession = ({ lines, user, checkout }: LiveSession): string =>
  `${describeBasket(lines, user)}${checkout?.ordered === undefined ? '' : ', being ordered'}`;
