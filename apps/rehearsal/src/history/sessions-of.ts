import type { Act, Event } from '../checker/basket-object.ts';
import { isBlank } from '../checker/judge.ts';
import type { Operation } from './operation.ts';

/** An operation, and what it has done to one session or seen of it. */
export interface SessionEvent extends Event {
  readonly operation: Operation;
}

/** All that happened to one session, by all the keys that it had one after the other. */
export interface SessionHistory {
  readonly shopper: number;
  readonly keys: readonly number[];
  /** In the order in which they began. */
  readonly events: readonly SessionEvent[];
}

/**
 * Takes the history of the shop apart: it is linearizable if that of every session is. A request that came with a dead
 * session and was given a new one tells of both, in different acts.
 */
export function sessionsOf(operations: readonly Operation[]): readonly SessionHistory[] {
  const sessions: { shopper: number; keys: number[]; events: SessionEvent[] }[] = [];
  const byKey = new Map<number, (typeof sessions)[number]>();
  const open = (shopper: number): (typeof sessions)[number] => {
    const session = { shopper, keys: [], events: [] };
    sessions.push(session);
    return session;
  };
  for (const operation of operations)
    for (const part of partsOf(operation)) {
      const { from, to, shopper, outcome } = operation;
      const known = part.keys.map((key) => byKey.get(key)).find((session) => session !== undefined);
      const session = known ?? open(shopper);
      for (const key of part.keys) {
        if (byKey.has(key)) continue;
        byKey.set(key, session);
        session.keys.push(key);
      }
      const isSure = outcome === 'ok' || part.isSeen === true;
      session.events.push({ operation, acts: part.acts, from, to: isSure ? to : undefined });
    }
  return sessions;
}

interface Part {
  /** By which the session was known before and after; none: a page that shows one although none was asked for. */
  readonly keys: readonly number[];
  readonly acts: readonly Act[];
  /** The answer shows that much, whatever else is unknown. */
  readonly isSeen?: true;
}

function partsOf(operation: Operation): readonly Part[] {
  const { call, key, keyAfter, shown } = operation;
  const given = keyAfter === key ? undefined : keyAfter;
  const isChange = call.kind === 'add' || call.kind === 'set' || call.kind === 'remove';
  const created: Part[] =
    given !== undefined && isChange
      ? [{ keys: [given], acts: [{ kind: 'create', key: given, change: call, shown }] }]
      : [];
  if (key === undefined && call.kind === 'login' && given !== undefined)
    return [{ keys: [given], acts: [{ kind: 'login', key, newKey: given, user: call.user }] }];
  if (key === undefined && created.length === 0 && shown !== undefined && !isBlank(shown))
    return [{ keys: [], acts: [{ kind: 'see', key, shown }] }];
  if (key === undefined) return created;
  if (isGone(operation)) return [{ keys: [key], acts: [{ kind: 'gone', key }], isSeen: true }, ...created];
  const acts = operation.outcome === 'failed' ? [] : actsOf(operation, key, given);
  return acts.length === 0 ? [] : [{ keys: given === undefined ? [key] : [key, given], acts }];
}

/** The shop has said that it has no such session: by taking the cookie back, by giving another, or in words. */
function isGone({ call, key, keyAfter, error, shown, outcome }: Operation): boolean {
  if (shown !== undefined && !isBlank(shown) && keyAfter === undefined) return false;
  switch (call.kind) {
    case 'logout':
      return false;
    case 'login':
      return keyAfter === undefined || (outcome === 'failed' && isSaidToBeGone(error));
    default:
      return keyAfter !== key || (outcome === 'failed' && isSaidToBeGone(error));
  }
}

const isSaidToBeGone = (error: string | undefined): boolean => error?.endsWith('SESSION_GONE') === true;

function actsOf({ call, outcome, shown, formAnswer }: Operation, key: number, newKey: number | undefined): Act[] {
  switch (call.kind) {
    case 'add':
    case 'set':
    case 'remove':
      return [{ kind: 'change', key, change: call, shown }];
    case 'look':
    case 'browse':
      return outcome === 'ok' ? [{ kind: 'see', key, shown }] : [];
    case 'login':
      return [{ kind: 'login', key, newKey: newKey ?? (outcome === 'ok' ? key : undefined), user: call.user }];
    case 'logout':
      return [{ kind: 'logout', key }];
    case 'form':
      // A page that is not understood is a page.
      if (outcome === 'ok' && formAnswer === undefined) return [{ kind: 'see', key, shown: undefined }];
      return [{ kind: 'form', key, answer: formAnswer }];
    case 'checkout':
      return [
        { kind: 'order', key, form: call.form },
        { kind: 'close', key, form: call.form },
      ];
  }
}
