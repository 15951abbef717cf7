import { doubleCsrf } from 'csrf-csrf';
import type { Request, RequestHandler, Response } from 'express';
import { textField } from './form-fields.ts';
import { parseCookies } from './parse-cookies.ts';

export interface CsrfOptions {
  /** The first signs, all verify, so that a secret can be replaced without breaking open forms. */
  readonly secrets: readonly string[];
  readonly secureCookies: boolean;
}

export interface Csrf {
  /** Refuses changes whose token (field `_csrf` or header `x-csrf-token`) is not that of the signed cookie. */
  readonly protect: RequestHandler;
  /** The token for a page's forms; sets the cookie that goes with it. */
  token(request: Request, response: Response): string;
}

/**
 * Signed double submit. The token is not tied to the session key, so that forms open in another tab go on working after
 * a login; over https the `__Host-` prefix keeps other hosts of the domain from planting a cookie of their own.
 */
export function createCsrf({ secrets, secureCookies }: CsrfOptions): Csrf {
  if (secrets.length === 0 || secrets.some((secret) => secret.length < 16))
    throw new TypeError('csrfSecrets must hold at least one secret, each of 16 characters or more');
  const { doubleCsrfProtection, generateCsrfToken } = doubleCsrf({
    getSecret: () => [...secrets],
    getSessionIdentifier: () => 'shop',
    getCsrfTokenFromRequest: (request) => request.get('x-csrf-token') ?? textField(request.body, '_csrf'),
    cookieName: secureCookies ? '__Host-shop.csrf' : 'shop.csrf',
    cookieOptions: { secure: secureCookies, httpOnly: true, sameSite: 'lax', path: '/' },
  });
  return {
    protect: (request, response, next) => {
      request.cookies = parseCookies(request.headers.cookie);
      doubleCsrfProtection(request, response, next);
    },
    token: (request, response) => generateCsrfToken(request, response),
  };
}
