import type { SessionCookie } from '../http/session-cookie.ts';
import { parseSessionKey } from '../keys.ts';
import { Session, type SessionData } from './session.ts';
import { toSettings, type SessionsOptions } from './session-settings.ts';

/** Where sessions come from: one for a process, or one for each store. */
export interface Sessions<Data extends object = SessionData> {
  /** Whether middleware renews the expiry of sessions that were not changed. */
  readonly saveEveryRequest: boolean;
  /** Of sessions that live in their cookie and so have to know it; others leave it to the middleware. */
  readonly cookie?: SessionCookie;
  /**
   * The session of a request, by what its cookie says; asks nobody yet. Anything that cannot be a session key is an
   * empty session, as an unknown key will be.
   */
  open(cookieValue?: unknown): Session<Data>;
}

/**
 * @example
 * const sessions = createSessions<{ basket: Basket }>({ store });
 * const session = sessions.open(cookies.sessionid);
 * await session.update((data) => { data.basket = add(data.basket, line); });
 */
export function createSessions<Data extends object = SessionData>(options: SessionsOptions): Sessions<Data> {
  const settings = toSettings(options);
  return {
    saveEveryRequest: settings.saveEveryRequest,
    open: (cookieValue) => new Session<Data>(settings, parseSessionKey(cookieValue, settings.keyAlphabet)),
  };
}
