import { sessionCookie, type SessionCookie, type SessionCookieOptions } from '../http/session-cookie.ts';
import type { Sessions } from '../session/create-sessions.ts';
import { KeyTurns } from '../session/key-turns.ts';
import { SessionError } from '../session/session-error.ts';
import { toSettings, type SessionsOptions } from '../session/session-settings.ts';
import { Session, type SessionData } from '../session/session.ts';
import { readRow, writeRow, type CookieRow } from './cookie-row.ts';
import { cookieSeal, type CookieSeal, type SealMode } from './cookie-seal.ts';
import { cookieStore, type CookieStore } from './cookie-store.ts';

type SharedOptions =
  'ttlMs' | 'codec' | 'saveEveryRequest' | 'touchAfterMs' | 'expireAtBrowserClose' | 'now' | 'onEvent';

export interface SignedCookieSessionsOptions extends Pick<SessionsOptions, SharedOptions> {
  /**
   * At least 16 characters each, from a random source. The first seals, all open: put a new one in front and take the
   * old one out when `ttlMs` have passed. Taking a secret out is the only way to end the sessions that it sealed.
   */
  readonly secrets: readonly string[];
  /**
   * `encrypted` (AES-256-GCM) or `signed` (HMAC-SHA256: its browser cannot change the session, but read it). Default is
   * "encrypted".
   */
  readonly mode?: SealMode;
  /** Given here instead of to the middleware: its name is sealed in, and its size counts. */
  readonly cookie?: Omit<SessionCookieOptions, 'secrets'>;
}

/** All that browsers keep of name, value and attributes together; some count less, none keeps more. */
const MAX_COOKIE_BYTES = 4096;
const MIN_SECRET_LENGTH = 16;

/**
 * Sessions that live in their cookie and nowhere else; an alternative to `createSessions` that every middleware takes.
 *
 * What a store would know, nobody knows here. A session cannot be revoked: a logout makes the browser forget the cookie,
 * and a copy of it, or of any earlier one, stays good until it expires. There are no versions: of two requests at once,
 * the browser keeps what the later response says. A session of more than about 3,000 bytes does not fit: that is
 * SESSION_TOO_LARGE, at the save. It ends by the clock of the process that reads it.
 *
 * @throws {TypeError} for secrets that are missing or too short, and for cookie options that no browser would accept
 * @example
 * const sessions = signedCookieSessions({ secrets: [process.env.SESSION_SECRET ?? ''] });
 * app.use(sessionMiddleware({ sessions }));
 */
export function signedCookieSessions<Data extends object = SessionData>(
  options: SignedCookieSessionsOptions,
): Sessions<Data> {
  const { secrets, mode = 'encrypted', cookie: cookieOptions, ...shared } = options;
  check(secrets, mode);
  const cookie = sessionCookie(cookieOptions);
  const seal = cookieSeal(secrets, mode, cookie.name);
  const now = shared.now ?? Date.now;
  const storeOf = (given: OpenedCookie | undefined): CookieStore =>
    cookieStore({ given, now, seal: (row) => fitting(seal.seal(writeRow(row)), cookie, row.expiresAt, now()) });
  const settings = toSettings({ ...shared, store: storeOf(undefined), keyEncoding: 'plain' });

  return {
    saveEveryRequest: settings.saveEveryRequest,
    cookie,
    open: (cookieValue) => {
      const given = openCookie(cookieValue, seal, now());
      const store = storeOf(given);
      return new Session<Data>(
        { ...settings, store, turns: new KeyTurns(), cookieValue: store.sealed },
        given?.row.key,
      );
    },
  };
}

interface OpenedCookie {
  readonly row: CookieRow;
  readonly sealed: string;
}

function openCookie(value: unknown, seal: CookieSeal, now: number): OpenedCookie | undefined {
  const text = typeof value === 'string' ? seal.open(value) : undefined;
  const row = text === undefined ? undefined : readRow(text);
  return row !== undefined && row.expiresAt.getTime() > now ? { row, sealed: value as string } : undefined;
}

/** @throws {SessionError} SESSION_TOO_LARGE */
function fitting(sealed: string, cookie: SessionCookie, expires: Date, now: number): string {
  const maxAge = Math.floor((expires.getTime() - now) / 1000);
  const bytes = Buffer.byteLength(cookie.format(cookie.set(sealed, { maxAge, expires }, true)));
  if (bytes <= MAX_COOKIE_BYTES) return sealed;
  throw new SessionError(
    'SESSION_TOO_LARGE',
    new Error(`its cookie would have ${bytes} bytes, and browsers keep ${MAX_COOKIE_BYTES}`),
  );
}

function check(secrets: readonly string[], mode: SealMode): void {
  if (!Array.isArray(secrets) || secrets.length === 0)
    throw new TypeError('signedCookieSessions: "secrets" has to have at least one secret');
  if (secrets.some((secret) => typeof secret !== 'string' || secret.length < MIN_SECRET_LENGTH))
    throw new TypeError(`signedCookieSessions: "secrets" have to be at least ${MIN_SECRET_LENGTH} characters long`);
  if (mode !== 'encrypted' && mode !== 'signed')
    throw new TypeError('signedCookieSessions: "mode" has to be "encrypted" or "signed"');
}
