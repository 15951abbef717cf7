import type { Request, Response } from 'express';
import { PART_HEADERS } from './part-wanted.ts';
import { sendHtml } from './send-html.ts';
import { shelfLinks } from './shelf-links.ts';
import type { ShowPageDependencies } from './show-page.ts';
import type { ViewName, Views } from './views.ts';

export interface Part<Name extends ViewName> {
  readonly view: Name;
  readonly page: Views[Name];
  /** Of the basket as it is now; left out where nothing has changed. */
  readonly itemCount?: number;
  /** Said at once: it needs no session to be kept in. */
  readonly notice?: string;
}

export type ShowPart = <Name extends ViewName>(request: Request, response: Response, part: Part<Name>) => Promise<void>;

/** Sends what a page's script puts into the page that is open. Touches neither session nor database. */
export function createShowPart({ templates, assets, csrf, version }: ShowPageDependencies): ShowPart {
  return async (request, response, { view, page, itemCount = 0, notice = null }) => {
    const csrfToken = csrf.token(request, response);
    const visitor = { name: null, itemCount, notice };
    const chrome = { title: '', version, csrfToken, visitor, shelves: shelfLinks(request.path), asset: assets.href };
    response.vary(PART_HEADERS);
    await sendHtml(request, response, templates.render(view, page, chrome));
  };
}
