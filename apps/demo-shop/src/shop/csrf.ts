import { doubleCsrf } from 'csrf-csrf';
import type { CookieOptions, Request, RequestHandler, Response } from 'express';
import { textField } from './form-fields.ts';
import { isFromOwnPage } from './is-from-own-page.ts';
import { maskToken, unmaskToken } from './mask-token.ts';
import { parseCookies } from './parse-cookies.ts';

export interface CsrfOptions {
  /** The first signs, all verify, so that a secret can be replaced without breaking open forms. */
  readonly secrets: readonly string[];
  readonly secureCookies: boolean;
}

export interface Csrf {
  /** Refuses changes whose token (field `_csrf` or header `x-csrf-token`) is not that of the signed cookie. */
  readonly protect: RequestHandler;
  /** The token for a page's forms, in a new disguise each time; sets the cookie that goes with it, if there is none. */
  token(request: Request, response: Response): string;
}

/**
 * Signed double submit. The token is not tied to the session key, so that forms open in another tab go on working after
 * a login; over https the `__Host-` prefix keeps other hosts of the domain from planting a cookie of their own.
 *
 * Two pages that a browser opens at the same moment, before it has a cookie, bring one each, and the browser keeps one.
 * The forms of the other page count as well, while the browser says that they are the shop's.
 */
export function createCsrf({ secrets, secureCookies }: CsrfOptions): Csrf {
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 16))
    throw new TypeError('csrfSecrets must hold at least one secret, each of 16 characters or more');
  const cookieName = secureCookies ? '__Host-shop.csrf' : 'shop.csrf';
  const tokenOf = (request: Request): string | undefined =>
    unmaskToken(request.get('x-csrf-token') ?? textField(request.body, '_csrf'));
  const isSignedByUs = (request: Request): boolean =>
    validateRequest(asWith(request, { [cookieName]: tokenOf(request) ?? '' }));
  const { doubleCsrfProtection, generateCsrfToken, validateRequest } = doubleCsrf({
    getSecret: () => [...secrets],
    getSessionIdentifier: () => 'shop',
    getCsrfTokenFromRequest: tokenOf,
    skipCsrfProtection: (request) => isFromOwnPage(request) && isSignedByUs(request),
    cookieName,
    cookieOptions: { secure: secureCookies, httpOnly: true, sameSite: 'lax', path: '/' },
  });
  return {
    protect: (request, response, next) => {
      request.cookies = parseCookies(request.headers.cookie);
      doubleCsrfProtection(request, response, next);
    },
    token: (request, response) => maskToken(generateCsrfToken(request, withoutRepeating(request, response))),
  };
}

/** The same request with other cookies. */
const asWith = (request: Request, cookies: Readonly<Record<string, string>>): Request =>
  Object.create(request, { cookies: { value: cookies } }) as Request;

/** The same response, as far as cookies go, but for those that the browser has already. */
const withoutRepeating = (request: Request, response: Response): Response => {
  const cookie = (name: string, value: string, options: CookieOptions): Response => {
    if (request.cookies[name] === value) return response;
    return response.cookie(name, value, options);
  };
  return Object.create(response, { cookie: { value: cookie } }) as Response;
};
