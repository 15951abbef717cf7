import assert from 'node:assert/strict';
import type { Sessions } from '../session/create-sessions.ts';
import { SessionError, type SessionErrorCode } from '../session/session-error.ts';
import type { Session } from '../session/session.ts';

/**
 * What sessions can lack; each is asserted to be so. `versions`: of two requests at once, one is lost. `revocation`:
 * what was logged out stays good elsewhere. `failure`: there is nothing that could fail.
 */
export type SessionsLack = 'versions' | 'revocation' | 'failure';

/** What the contract needs of the tests of a backend. */
export interface ContractSessions {
  readonly sessions: Sessions;
  /** The same sessions, as another process has them. Default is `sessions`. */
  readonly other?: Sessions;
  /** Lets this much time pass, by the clock that the sessions go by. */
  pass(ms: number): Promise<void>;
  /** Makes what the sessions depend on unreachable. Leave it out where nothing can fail. */
  fail?(): Promise<void>;
  close?(): Promise<void>;
}

/** What a case has to work with. */
export interface SessionsWorld extends ContractSessions {
  readonly other: Sessions;
  lacks(what: SessionsLack): boolean;
  /** A session that is there, with these values, as the next request opens it. */
  saved(values?: Record<string, unknown>): Promise<Session>;
  /** The session as another process opens it, by what the browser has of it. */
  again(session: Session): Session;
}

/** A case, by what it shows. */
export type SessionsCases = Readonly<Record<string, (world: SessionsWorld) => Promise<void>>>;

export function sessionsWorld(given: ContractSessions, lacks: readonly SessionsLack[]): SessionsWorld {
  const { sessions, other = sessions } = given;
  return {
    ...given,
    other,
    lacks: (what) => lacks.includes(what),
    saved: async (values = { a: 1 }) => {
      const session = sessions.open();
      await session.update(() => values);
      assert.notEqual(session.cookieValue, undefined, 'a session that was written has a cookie');
      return sessions.open(session.cookieValue);
    },
    again: (session) => other.open(session.cookieValue),
  };
}

/** All values, by name. */
export const contents = async (session: Session): Promise<Record<string, unknown>> =>
  Object.fromEntries(await session.entries());

export async function assertEmpty(session: Session, what: string): Promise<void> {
  assert.deepEqual(await contents(session), {}, what);
  assert.equal(session.sessionKey, undefined, `${what}: it has no key`);
  assert.equal(await session.isEmpty(), true, `${what}: it is empty`);
}

/** Expects a SessionError of one of these codes. */
export const refused = (action: Promise<unknown>, ...codes: SessionErrorCode[]): Promise<void> =>
  assert.rejects(action, (error: unknown) => {
    const code = error instanceof SessionError ? error.code : undefined;
    assert.ok(code !== undefined && codes.includes(code), `${codes.join(' or ')}, not ${code ?? String(error)}`);
    return true;
  });
