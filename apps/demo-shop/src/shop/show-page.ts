import type { Request, Response } from 'express';
import type { Assets } from './assets.ts';
import { countItems } from './basket.ts';
import type { Csrf } from './csrf.ts';
import type { Customer } from './customer.ts';
import { sendHtml } from './send-html.ts';
import { shelfLinks } from './shelf-links.ts';
import { basketOf, sessionOf, takeNotice } from './shop-session.ts';
import type { Templates } from './templates.ts';
import type { ViewName, Views } from './views.ts';

export interface Page<Name extends ViewName> {
  readonly view: Name;
  readonly title: string;
  readonly page: Views[Name];
  /** Default is 200. */
  readonly status?: number;
}

export type ShowPage = <Name extends ViewName>(request: Request, response: Response, page: Page<Name>) => Promise<void>;

export interface ShowPageDependencies {
  readonly templates: Templates;
  readonly assets: Assets;
  readonly csrf: Csrf;
  readonly version: string;
  readonly customerOf: (request: Request) => Promise<Customer | null>;
}

/** Sends a page in the frame that shows the visitor's basket and name. */
export function createShowPage({ templates, assets, csrf, version, customerOf }: ShowPageDependencies): ShowPage {
  return async (request, response, { view, title, page, status = 200 }) => {
    const session = sessionOf(request);
    const [basket, customer] = await Promise.all([basketOf(session), customerOf(request)]);
    const visitor = {
      name: customer?.name ?? null,
      itemCount: countItems(basket),
      notice: await takeNotice(session),
    };
    const csrfToken = csrf.token(request, response);
    const shelves = shelfLinks(request.path);
    const html = templates.render(view, page, { title, version, csrfToken, visitor, shelves, asset: assets.href });
    response.status(status);
    await sendHtml(request, response, html);
  };
}
