import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Assets } from './assets.ts';
import { describeError } from './describe-error.ts';
import { problemOf, type Problem } from './problem.ts';
import type { Templates } from './templates.ts';
import { wantsJson } from './wants-json.ts';

interface ShowProblemDependencies {
  readonly templates: Templates;
  readonly assets: Assets;
  readonly version: string;
  readonly logger: Logger;
}

export type ShowProblem = (error: unknown, request: Request, response: Response) => void;

/**
 * Sends the page for whatever a request failed with. It touches neither session nor database, since those may be what
 * failed.
 */
export function createShowProblem({ templates, assets, version, logger }: ShowProblemDependencies): ShowProblem {
  return (error, request, response) => {
    const problem = problemOf(error);
    if (problem.status >= 500) logger.error({ problem: problem.code, ...describeError(error) }, 'request failed');
    response.status(problem.status).set('Cache-Control', 'no-store').vary('Accept');
    if (problem.status === 503) response.set('Retry-After', '2');
    if (wantsJson(request)) {
      response.json({ error: { code: problem.code, message: `${problem.title}. ${problem.message}` } });
      return;
    }
    const chrome = { title: problem.title, version, csrfToken: '', visitor: null, asset: assets.href };
    response.type('html').send(templates.render('problem', { problem, action: actionOf(problem) }, chrome));
  };
}

function actionOf({ code }: Problem): { href: string; label: string } {
  switch (code) {
    case 'QUANTITY_INVALID':
    case 'LINE_FULL':
    case 'BASKET_FULL':
    case 'PRODUCT_GONE':
    case 'CHECKOUT_STALE':
    case 'SESSION_BUSY':
    case 'SESSION_UNCERTAIN':
      return { href: '/basket', label: 'Back to the basket' };
    case 'ORDER_UNKNOWN':
    case 'SESSION_GONE':
      return { href: '/login', label: 'Log in' };
    case 'PAGE_UNKNOWN':
    case 'PRODUCT_UNKNOWN':
    case 'BASKET_EMPTY':
    case 'BODY_INVALID':
    case 'BODY_TOO_LARGE':
    case 'FORM_EXPIRED':
    case 'SESSION_UNAVAILABLE':
    case 'SHOP_UNAVAILABLE':
    case 'INTERNAL':
      return { href: '/', label: 'To the shop' };
  }
}
