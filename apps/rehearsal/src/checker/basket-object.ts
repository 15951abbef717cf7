import type { LineChange } from './change.ts';
import type { Shown } from './judge.ts';
import type { FormAnswer } from '../history/operation.ts';

/** Stands for a session key. `undefined`: none was sent. */
type Key = number | undefined;

/** What happens to a session in one step, and what was seen of it. */
export type Act =
  /** A page of a session that is there. `shown`: what must be in it. */
  | { readonly kind: 'see'; readonly key: Key; readonly shown: Shown | undefined }
  /** There is no session of that key. */
  | { readonly kind: 'gone'; readonly key: Key }
  /** `shown`: what must be in it afterwards. */
  | { readonly kind: 'change'; readonly key: Key; readonly change: LineChange; readonly shown: Shown | undefined }
  /** A change that came without a session, or with one that was gone, and was given this one. */
  | { readonly kind: 'create'; readonly key: Key; readonly change: LineChange; readonly shown: Shown | undefined }
  /** The session gets another key and the old one is dead. `newKey`: `undefined` when it was never told. */
  | { readonly kind: 'login'; readonly key: Key; readonly newKey: Key; readonly user: string }
  | { readonly kind: 'logout'; readonly key: Key }
  /** `answer`: `undefined` when there was none. */
  | { readonly kind: 'form'; readonly key: Key; readonly answer: FormAnswer | undefined }
  /** A checkout's first half: an order of what is in the basket, of which the basket knows nothing yet. */
  | { readonly kind: 'order'; readonly key: Key; readonly form: string }
  /** Its second half: what was ordered is taken out of the basket, what was added meanwhile stays. */
  | { readonly kind: 'close'; readonly key: Key; readonly form: string };

/** Acts of one request, in this order, each at some moment of it. */
export interface Event {
  readonly acts: readonly Act[];
  readonly from: number;
  /** `undefined`: nobody knows whether it was done. It may be at any time from then on, or by half, or never. */
  readonly to: number | undefined;
}

type Lines = ReadonlyMap<string, number>;

export interface LiveSession {
  readonly lines: Lines;
  readonly user: string | null;
  readonly checkout: { readonly form: string; readonly ordered: Lines | undefined } | undefined;
  /** The forms of checkouts that are through. */
  readonly closed: readonly string[];
  /** It has not been changed for its age from then on, and may have expired. */
  readonly mayEndFrom: number;
  /** All of it but `mayEndFrom`, for comparisons. */
  readonly text: string;
}

/** Sessions that are there. A key that was gone once stays gone: nothing but a request that is given a key makes one. */
export type State = ReadonlyMap<number, LiveSession>;

export const NO_SESSION: State = new Map();

/**
 * What may be after the act, given what it has seen: nothing when it cannot have happened here, two states when the
 * session may have expired just before.
 *
 * @param ageMs how long a session lives at least from the beginning of the latest request that changed it
 */
export function perform(state: State, act: Act, { from, to }: Omit<Event, 'acts'>, ageMs: number): readonly State[] {
  const { key } = act;
  const after = performOn(state, act, from + ageMs);
  const possible = after === undefined ? [] : [after];
  const session = key === undefined ? undefined : state.get(key);
  // An act that may as well never happen has no need of an expired session: it would do nothing there.
  if (session === undefined || to === undefined || session.mayEndFrom > to) return possible;
  const afterExpiry = performOn(without(state, key), act, from + ageMs);
  return afterExpiry === undefined ? possible : [...possible, afterExpiry];
}

function performOn(state: State, act: Act, mayEndFrom: number): State | undefined {
  const { key } = act;
  const session = key === undefined ? undefined : state.get(key);
  // Who changes a session has loaded it after the change before.
  const endFrom = Math.max(mayEndFrom, session?.mayEndFrom ?? 0);
  const put = (changed: Changed | undefined): State | undefined =>
    changed === undefined || changed === session ? changed && state : withSession(state, key, changed, endFrom);
  switch (act.kind) {
    case 'see':
      return session !== undefined && shows(session, act.shown) ? state : undefined;
    case 'gone':
      return session === undefined ? state : undefined;
    case 'change':
      return session && put(changeLine(session, act.change, act.shown));
    case 'create':
      return session === undefined ? put(changeLine(EMPTY, act.change, act.shown)) : undefined;
    case 'logout':
      return session === undefined ? state : without(state, key);
    case 'login': {
      const renamed = withSession(without(state, key), act.newKey, { ...(session ?? EMPTY), user: act.user }, endFrom);
      return session === undefined && act.newKey === undefined ? undefined : renamed;
    }
    case 'form':
      return session && put(openForm(session, act.answer));
    case 'order':
      return session && put(order(session, act.form));
    case 'close':
      return session && put(closeCheckout(session, act.form));
  }
}

type Changed = Omit<LiveSession, 'mayEndFrom' | 'text'>;

const EMPTY: Changed = { lines: new Map(), user: null, checkout: undefined, closed: [] };

function changeLine(session: Changed, change: LineChange, shown: Shown | undefined): Changed | undefined {
  const { productId } = change;
  const before = session.lines.get(productId) ?? 0;
  const lines = new Map(session.lines);
  const quantity = change.kind === 'add' ? before + change.quantity : change.kind === 'set' ? change.quantity : 0;
  if (quantity === 0) lines.delete(productId);
  else lines.set(productId, quantity);
  const changed = { ...session, lines };
  return shows(changed, shown) ? changed : undefined;
}

function shows({ lines, user }: Changed, shown: Shown | undefined): boolean {
  if (shown === undefined) return true;
  if (shown.user !== user || shown.lines.size !== lines.size) return false;
  return [...shown.lines].every(([productId, quantity]) => lines.get(productId) === quantity);
}

function openForm(session: Changed, answer: FormAnswer | undefined): Changed | undefined {
  const { checkout, lines } = session;
  switch (answer) {
    case 'nothing to order':
      return lines.size === 0 ? session : undefined;
    case 'ordered':
      if (checkout?.ordered !== undefined) return taken(session, checkout.form, checkout.ordered);
      return session.closed.length > 0 ? session : undefined;
    case undefined:
      // The key of a form that was opened in vain shows first in the answer to another.
      return checkout?.ordered === undefined ? undefined : taken(session, checkout.form, checkout.ordered);
    default:
      if (session.closed.includes(answer.form)) return undefined;
      if (checkout === undefined) return { ...session, checkout: { form: answer.form, ordered: undefined } };
      return checkout.form === answer.form && checkout.ordered === undefined ? session : undefined;
  }
}

function order(session: Changed, form: string): Changed | undefined {
  const { checkout, lines } = session;
  if (checkout?.form !== form) return session.closed.includes(form) ? session : undefined;
  if (checkout.ordered !== undefined) return session;
  return lines.size === 0 ? undefined : { ...session, checkout: { form, ordered: lines } };
}

const closeCheckout = (session: Changed, form: string): Changed =>
  session.checkout?.form === form && session.checkout.ordered !== undefined
    ? taken(session, form, session.checkout.ordered)
    : session;

const taken = (session: Changed, form: string, ordered: Lines): Changed => ({
  ...session,
  lines: new Map(
    [...session.lines]
      .map(([productId, quantity]) => [productId, quantity - (ordered.get(productId) ?? 0)] as const)
      .filter(([, quantity]) => quantity > 0),
  ),
  checkout: undefined,
  closed: [...session.closed, form],
});

function without(state: State, key: Key): State {
  const left = new Map(state);
  if (key !== undefined) left.delete(key);
  return left;
}

function withSession(state: State, key: Key, changed: Changed, mayEndFrom: number): State {
  if (key === undefined) return state;
  const { lines, user, checkout, closed: forms } = changed;
  const text = JSON.stringify([
    sorted(lines),
    user,
    checkout && [checkout.form, checkout.ordered && sorted(checkout.ordered)],
    forms,
  ]);
  return new Map([...state, [key, { lines, user, checkout, closed: forms, mayEndFrom, text }]]);
}

const sorted = (lines: Lines): readonly (readonly [string, number])[] =>
  [...lines].sort(([one], [other]) => (one < other ? -1 : 1));
