import type { CookieExpiry } from '../session/session.ts';

/** A session as its middleware sees it, whatever data it has. */
export interface FinishableSession {
  readonly cookieValue: string | undefined;
  readonly accessed: boolean;
  readonly modified: boolean;
  readonly unsaved: boolean;
  readonly empty: boolean;
  readonly cookieExpiry: CookieExpiry;
  save(): Promise<void>;
  touch(): Promise<void>;
}

/** What is known of a request and of the response that is about to be sent. */
export interface Finish {
  /** The request had a cookie of the session's name, good or not. */
  readonly cookiePresent: boolean;
  /** What the browser has, as far as it is good. */
  readonly openedWith: string | undefined;
  readonly saveEveryRequest: boolean;
  /** Of the response. From 500 on, nothing is saved. */
  readonly status: number;
}

/** What the response has to say about the session. */
export interface FinishedSession {
  readonly cookie: 'keep' | 'set' | 'remove';
  /** The response depends on the session: no shared cache may give it to somebody else. */
  readonly isPrivate: boolean;
}

const UNTOUCHED: FinishedSession = { cookie: 'keep', isPrivate: false };

/** There is nothing to save and nothing to say: the response can go out as it is. */
export const isUntouched = (
  session: FinishableSession,
  { cookiePresent, saveEveryRequest }: Omit<Finish, 'status'>,
): boolean => !session.accessed && !session.modified && !saveEveryRequest && !(cookiePresent && session.empty);

/**
 * Saves what a request left unsaved and decides what becomes of its cookie. Resolves when the session is durable: the
 * response must not start before.
 * @throws {SessionError} from the save; the response then has to say so instead, and the cookie stays as it is
 */
export async function finishSession(session: FinishableSession, finish: Finish): Promise<FinishedSession> {
  if (isUntouched(session, finish)) return UNTOUCHED;
  const saves = finish.status < 500;
  if (saves && !session.empty) {
    if (session.unsaved) await session.save();
    else if (finish.saveEveryRequest && !session.modified) await session.touch();
  }
  return cookieFate(session, finish, saves);
}

/** What a response has to say that goes out instead, because the session could not be saved or loaded. */
export const giveUpSession = (session: FinishableSession, before: Omit<Finish, 'status'>): FinishedSession =>
  cookieFate(session, before, false);

function cookieFate(
  session: FinishableSession,
  { cookiePresent, openedWith, saveEveryRequest }: Omit<Finish, 'status'>,
  saves: boolean,
): FinishedSession {
  if (session.empty) return { cookie: cookiePresent ? 'remove' : 'keep', isPrivate: session.accessed || cookiePresent };
  // What is already in the store, under another name than the browser knows, has to reach it, whatever the status.
  const renamed = session.cookieValue !== openedWith;
  const sets = session.cookieValue !== undefined && (renamed || (saves && (session.modified || saveEveryRequest)));
  return { cookie: sets ? 'set' : 'keep', isPrivate: session.accessed || sets };
}
