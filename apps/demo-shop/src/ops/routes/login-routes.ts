import { Router, type RequestHandler, type Response } from 'express';
import type { Logger } from 'pino';
import { textField } from '../../shop/form-fields.ts';
import type { Operator, OpsAccess } from '../access/ops-access.ts';
import type { OpsPages } from './ops-pages.ts';

/** The login, for everybody. */
export function loginRoutes(access: OpsAccess, pages: OpsPages, logger: Logger): Router {
  const router = Router();

  router.get('/login', (request, response) => {
    if (access.operatorOf(request) === undefined) pages.sendLogin(response, { error: undefined, name: '' });
    else response.redirect(303, '/ops');
  });

  router.post('/login', (request, response) => {
    const given = { token: textField(request.body, 'token') ?? '', name: textField(request.body, 'name') ?? '' };
    const result = access.logIn(request, response, given);
    if (result.status === 'in') return response.redirect(303, '/ops');
    logger.warn({ status: result.status }, 'a login at the console was refused');
    if (result.status === 'wait') response.set('Retry-After', String(Math.ceil(result.waitMs / 1_000)));
    const [status, error] = refusalOf(result);
    return pages.sendLogin(response.status(status), { error, name: given.name });
  });

  return router;
}

/** Lets only those on who are logged in, and their forms only with the token of the login. */
export const onlyOperators =
  (access: OpsAccess): RequestHandler =>
  (request, response, next) => {
    const operator = access.operatorOf(request);
    if (operator === undefined) {
      // An event stream or a part of the page: the browser must not be shown a login in their place.
      if (request.method === 'GET' && request.path === '/') response.redirect(303, '/ops/login');
      else response.status(401).set('HX-Redirect', '/ops/login').type('text').send('Log in first: /ops/login');
      return;
    }
    const given = request.get('x-form-token') ?? textField(request.body, '_form');
    if (request.method === 'POST' && !access.isFormToken(operator, given))
      response.status(403).type('text').send('The form has expired: load the page again.');
    else {
      response.locals['operator'] = operator;
      next();
    }
  };

/** Behind {@link onlyOperators}. */
export const operatorOf = (response: Response): Operator => response.locals['operator'] as Operator;

function refusalOf(result: Exclude<ReturnType<OpsAccess['logIn']>, { status: 'in' }>): [status: number, error: string] {
  switch (result.status) {
    case 'wait':
      return [429, `Too many attempts. Try again in ${Math.ceil(result.waitMs / 60_000)} minutes.`];
    case 'wrong':
      return [401, 'That is not the token.'];
    case 'nameless':
      return [422, 'Give a name of letters and digits: it is written into the log of who did what.'];
  }
}
