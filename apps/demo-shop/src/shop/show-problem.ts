import type { Request, Response } from 'express';
import type { Logger } from 'pino';
import type { Assets } from './assets.ts';
import { describeError } from './describe-error.ts';
import { PART_HEADERS, partWanted } from './part-wanted.ts';
import { problemOf, type Problem } from './problem.ts';
import { sendHtml } from './send-html.ts';
import { shelfLinks } from './shelf-links.ts';
import type { Templates } from './templates.ts';
import { wantsJson } from './wants-json.ts';

interface ShowProblemDependencies {
  readonly templates: Templates;
  readonly assets: Assets;
  readonly version: string;
  readonly logger: Logger;
}

export type ShowProblem = (error: unknown, request: Request, response: Response) => Promise<void>;

/**
 * Sends the page for whatever a request failed with. It touches neither session nor database, since those may be what
 * failed. A page that is open says it in its place for notices, and stays as it is.
 */
export function createShowProblem({ templates, assets, version, logger }: ShowProblemDependencies): ShowProblem {
  return async (error, request, response) => {
    const problem = problemOf(error);
    if (problem.status >= 500) logger.error({ problem: problem.code, ...describeError(error) }, 'request failed');
    response.status(problem.status).set('Cache-Control', 'no-store').vary(`Accept, ${PART_HEADERS}`);
    if (problem.status === 503) response.set('Retry-After', '2');
    if (wantsJson(request)) {
      response.json({ error: { code: problem.code, message: `${problem.title}. ${problem.message}` } });
      return;
    }
    const isPart = partWanted(request) !== undefined;
    if (isPart) response.set('HX-Reswap', 'none');
    const shelves = shelfLinks(request.path);
    const chrome = { title: problem.title, version, csrfToken: '', visitor: null, shelves, asset: assets.href };
    const page = { problem, action: actionOf(problem) };
    await sendHtml(request, response, templates.render(isPart ? 'problem-part' : 'problem', page, chrome));
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
