import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { CookieOptions, Request, Response } from 'express';
import { createLoginThrottle, type LoginThrottle } from '../../shop/login-throttle.ts';
import { parseCookies } from '../../shop/parse-cookies.ts';

/** Who is at the console. */
export interface Operator {
  /** As given at the login; for the log of who did what. */
  readonly name: string;
  /** Of this login. */
  readonly id: string;
}

export type LoginResult =
  | { readonly status: 'in' }
  | { readonly status: 'wrong' }
  | { readonly status: 'nameless' }
  | { readonly status: 'wait'; readonly waitMs: number };

export interface OpsAccess {
  /** Sets the cookie if the token is right. */
  logIn(request: Request, response: Response, given: { readonly token: string; readonly name: string }): LoginResult;
  logOut(response: Response): void;
  /** `undefined`: nobody is logged in, or not any more. */
  operatorOf(request: Request): Operator | undefined;
  /** What every form of this login carries. */
  formToken(operator: Operator): string;
  isFormToken(operator: Operator, given: string | undefined): boolean;
}

export interface OpsAccessOptions {
  readonly token: string;
  /** The first signs, all verify. */
  readonly secrets: readonly string[];
  readonly secureCookies: boolean;
  /** Default: five failures of an address, then a wait. */
  readonly throttle?: LoginThrottle;
  /** Milliseconds; tests move it by hand. Default is Date.now. */
  readonly now?: () => number;
}

/** A working day; then the token is asked for again. */
const LOGIN_MS = 12 * 3_600_000;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u;

/** Logins by one token that all operators have; the cookie is signed with it, so that a new token ends them all. */
export function createOpsAccess(options: OpsAccessOptions): OpsAccess {
  const { token, secrets, secureCookies, throttle = createLoginThrottle(), now = Date.now } = options;
  const cookieName = secureCookies ? '__Host-switchyard.ops' : 'switchyard.ops';
  const cookie: CookieOptions = { httpOnly: true, sameSite: 'strict', secure: secureCookies, path: '/' };
  const keys = secrets.map((secret) => createHmac('sha256', secret).update(`console ${token}`).digest());
  const signed = (text: string, key: Buffer): string => createHmac('sha256', key).update(text).digest('base64url');
  const isSigned = (text: string, signature: string): boolean =>
    keys.some((key) => isSame(signature, signed(text, key)));

  return {
    logIn: (request, response, given) => {
      const name = given.name.trim();
      const address = request.ip ?? '';
      const waitMs = throttle.attempt(address, 'console');
      if (waitMs > 0) return { status: 'wait', waitMs };
      if (!isSame(given.token, token)) return { status: 'wrong' };
      throttle.succeeded(address, 'console');
      if (!NAME.test(name)) return { status: 'nameless' };
      const login = { name, id: randomBytes(12).toString('base64url'), until: now() + LOGIN_MS };
      const text = Buffer.from(JSON.stringify(login)).toString('base64url');
      response.cookie(cookieName, `${text}.${signed(text, keys[0] as Buffer)}`, { ...cookie, maxAge: LOGIN_MS });
      return { status: 'in' };
    },

    logOut: (response) => {
      response.clearCookie(cookieName, cookie);
    },

    operatorOf: (request) => {
      const [text = '', signature = ''] = (parseCookies(request.headers.cookie)[cookieName] ?? '').split('.');
      if (!isSigned(text, signature)) return undefined;
      const login = JSON.parse(Buffer.from(text, 'base64url').toString()) as Operator & { readonly until: number };
      return login.until > now() ? { name: login.name, id: login.id } : undefined;
    },

    formToken: ({ id }) => signed(`form ${id}`, keys[0] as Buffer),
    isFormToken: ({ id }, given = '') => isSigned(`form ${id}`, given),
  };
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** In a time that tells nothing of where they differ, nor of their lengths. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b));
