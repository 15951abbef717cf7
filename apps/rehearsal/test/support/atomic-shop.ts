import type { Shown } from '../../src/checker/judge.ts';
import { createHistory, type Answer, type History } from '../../src/history/history.ts';
import type { Call } from '../../src/history/operation.ts';
import type { Random } from '../../src/random.ts';

/** Written without a look at the checker: what a shop does that does one thing after the other. */
interface Session {
  readonly lines: Map<string, number>;
  user: string | null;
  form: string | undefined;
  readonly closed: Set<string>;
  expiresAt: number;
}

export interface PlayOptions {
  readonly random: Random;
  readonly requests: number;
  readonly tabs: number;
  readonly ageMs: number;
  /** How many of the answers are lost. */
  readonly lost: number;
  /** How many of the requests are refused. */
  readonly refused: number;
  /** How long the clients wait at most between requests. */
  readonly pauseMs: number;
}

const PRODUCTS = ['1', '2', '3'];
const LONGEST_MS = 20;
/** How late something may take effect whose answer was lost. */
const LATE_MS = 150;

/** The history of a few tabs at a shop that is atomic, with every effect at some moment of its request. */
export function playAtomicShop(options: PlayOptions): History {
  const { random, ageMs } = options;
  const sessions = new Map<string, Session>();
  const orders = new Map<string, ReadonlyMap<string, number>>();
  const agenda: { at: number; run: () => void }[] = [];
  let now = 0;
  let drawn = 0;
  let left = options.requests;
  let jar: string | undefined;
  let form: string | undefined;
  const history = createHistory({ now: () => now });

  const later = (delay: number, run: () => void): void => void agenda.push({ at: now + delay, run });
  const draw = (): string => `secret-${++drawn}`;
  const find = (cookie: string | undefined): Session | undefined => {
    const session = cookie === undefined ? undefined : sessions.get(cookie);
    if (cookie !== undefined && session !== undefined && session.expiresAt <= now) sessions.delete(cookie);
    return cookie === undefined ? undefined : sessions.get(cookie);
  };
  const touch = (session: Session): void => void (session.expiresAt = now + ageMs);
  const shownOf = ({ lines, user }: Session): Shown => ({ lines: new Map(lines), user });
  const blank = (): Session => ({
    lines: new Map(),
    user: null,
    form: undefined,
    closed: new Set(),
    expiresAt: now + ageMs,
  });
  const answer = (cookie: string | undefined, rest: Partial<Answer> = {}): Answer => ({
    process: 1,
    outcome: 'ok',
    error: undefined,
    shown: undefined,
    formAnswer: undefined,
    cookie,
    ...rest,
  });

  const takeOrdered = (session: Session, of: string): void => {
    if (session.form !== of) return;
    for (const [id, quantity] of orders.get(of) ?? []) {
      const rest = (session.lines.get(id) ?? 0) - quantity;
      if (rest > 0) session.lines.set(id, rest);
      else session.lines.delete(id);
    }
    session.form = undefined;
    session.closed.add(of);
    touch(session);
  };

  /** Each is what happens at one moment; the last one's result is the answer. */
  const stepsOf = (call: Call, cookie: string | undefined): (() => Answer)[] => {
    switch (call.kind) {
      case 'look':
      case 'browse':
        return [
          () => {
            const session = find(cookie);
            const shown = call.kind === 'look' ? shownOf(session ?? blank()) : undefined;
            return answer(session === undefined ? undefined : cookie, { shown });
          },
        ];
      case 'add':
      case 'set':
      case 'remove':
        return [
          () => {
            const known = find(cookie);
            if (known === undefined && cookie !== undefined && random.chance(0.5))
              return answer(cookie, { outcome: 'failed', error: '400 SESSION_GONE' });
            const key = known === undefined ? draw() : (cookie as string);
            const session = known ?? blank();
            sessions.set(key, session);
            const before = session.lines.get(call.productId) ?? 0;
            const quantity = call.kind === 'add' ? before + call.quantity : call.kind === 'set' ? call.quantity : 0;
            if (quantity === 0) session.lines.delete(call.productId);
            else session.lines.set(call.productId, quantity);
            touch(session);
            return answer(key, { shown: random.chance(0.8) ? shownOf(session) : undefined });
          },
        ];
      case 'login':
        return [
          () => {
            const session = find(cookie) ?? blank();
            if (cookie !== undefined) sessions.delete(cookie);
            const key = draw();
            sessions.set(key, session);
            session.user = call.user;
            touch(session);
            return answer(key);
          },
        ];
      case 'logout':
        return [
          () => {
            if (cookie !== undefined) sessions.delete(cookie);
            return answer(undefined);
          },
        ];
      case 'form':
        return [
          () => {
            const session = find(cookie);
            if (session === undefined) return answer(undefined, { formAnswer: 'nothing to order' });
            if (session.form !== undefined && orders.has(session.form)) {
              takeOrdered(session, session.form);
              return answer(cookie, { formAnswer: 'ordered' });
            }
            if (session.lines.size === 0) return answer(cookie, { formAnswer: 'nothing to order' });
            session.form ??= draw();
            touch(session);
            return answer(cookie, { formAnswer: { form: session.form } });
          },
        ];
      case 'checkout': {
        let refusal: Answer | undefined;
        return [
          () => {
            const session = find(cookie);
            if (session === undefined) refusal = answer(undefined, { outcome: 'failed' });
            else if (session.closed.has(call.form)) return answer(cookie);
            else if (session.form !== call.form || (!orders.has(call.form) && session.lines.size === 0))
              refusal = answer(cookie, { outcome: 'failed', error: '409 CHECKOUT_STALE' });
            else if (!orders.has(call.form)) orders.set(call.form, new Map(session.lines));
            return answer(cookie);
          },
          () => {
            if (refusal !== undefined) return refusal;
            const session = find(cookie);
            if (session === undefined) return answer(cookie, { outcome: 'unknown', error: '400 SESSION_GONE' });
            takeOrdered(session, call.form);
            return answer(cookie);
          },
        ];
      }
    }
  };

  const drawCall = (): Call => {
    const productId = random.pick(PRODUCTS);
    const kind = random.pick(KINDS);
    switch (kind) {
      case 'add':
        return { kind, productId, quantity: 1 + random.index(2) };
      case 'set':
        return { kind, productId, quantity: random.index(3) };
      case 'remove':
        return { kind, productId };
      case 'login':
        return { kind, user: 'robin@example.com' };
      case 'checkout':
        return form === undefined ? { kind: 'form' } : { kind, form };
      case 'look':
      case 'browse':
      case 'logout':
      case 'form':
        return { kind };
    }
  };

  const act = (tab: number): void => {
    if (left-- <= 0) return;
    const call = drawCall();
    const cookie = jar;
    const end = history.begin({ shopper: 0, process: tab + 1, call, cookie });
    const moments = (most: number, count: number): number[] =>
      Array.from({ length: count }, () => random.between(0, most)).sort((one, other) => one - other);
    const next = (): void => later(random.between(0, options.pauseMs), () => act(tab));
    const isRead = call.kind === 'look' || call.kind === 'browse';
    if (random.chance(options.refused)) {
      later(random.between(0, LONGEST_MS), () => {
        end(answer(cookie, { outcome: 'failed', error: '503 SESSION_UNAVAILABLE' }));
        next();
      });
      return;
    }
    const steps = stepsOf(call, cookie);
    if (!isRead && random.chance(options.lost)) {
      const done = random.index(steps.length + 1);
      moments(LATE_MS, done).forEach((moment, index) => later(moment, () => void steps[index]?.()));
      later(random.between(0, LONGEST_MS), () => {
        end(answer(cookie, { outcome: 'unknown', error: 'TIMEOUT' }));
        next();
      });
      return;
    }
    const lastsMs = random.between(1, LONGEST_MS);
    let result: Answer | undefined;
    moments(lastsMs, steps.length).forEach((moment, index) => later(moment, () => (result = steps[index]?.())));
    later(lastsMs, () => {
      const given = result as Answer;
      end(given);
      if (given.cookie !== cookie) jar = given.cookie;
      if (typeof given.formAnswer === 'object') form = given.formAnswer.form;
      next();
    });
  };

  for (let tab = 0; tab < options.tabs; tab++) later(random.between(0, LONGEST_MS), () => act(tab));
  while (agenda.length > 0) {
    const first = agenda.reduce(
      (earliest, each, index) => (each.at < (agenda[earliest]?.at ?? 0) ? index : earliest),
      0,
    );
    const [next] = agenda.splice(first, 1);
    now = next?.at ?? now;
    next?.run();
  }
  return history;
}

const KINDS = [
  ...['add', 'add', 'add', 'add', 'set', 'set', 'remove', 'look', 'look', 'look', 'browse'],
  ...['login', 'logout', 'form', 'checkout', 'checkout'],
] as readonly Call['kind'][];
