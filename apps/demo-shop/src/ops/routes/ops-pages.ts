import type { Request, Response } from 'express';
import type { Operator, OpsAccess } from '../access/ops-access.ts';
import type { OpsAssets } from '../ops-assets.ts';
import type { OpsTemplates } from '../present/ops-templates.ts';
import { renderPanels, type Panels } from '../present/render-panels.ts';
import type { Snapshot, StatusFeed } from '../status/status-feed.ts';

export interface OpsPages {
  /** Rendered once for all who look. */
  panelsOf(snapshot: Snapshot): Panels;
  sendLogin(response: Response, page: { readonly error: string | undefined; readonly name: string }): void;
  /** The console, with a plan on it if there is one. */
  sendConsole(response: Response, operator: Operator, plan?: object): Promise<void>;
  /** The plan alone where the page asks for it, else the page with it. */
  sendPlan(request: Request, response: Response, operator: Operator, plan: object): Promise<void>;
}

export interface OpsPagesOptions {
  readonly access: OpsAccess;
  readonly feed: StatusFeed;
  readonly templates: OpsTemplates;
  readonly assets: OpsAssets;
  /** Whether there is something to break. */
  readonly hasBench: boolean;
}

/** Whether a script of the page asks, which puts the answer into it. */
export const isAskedByPage = (request: Request): boolean => request.get('hx-request') === 'true';

export function createOpsPages({ access, feed, templates, assets, hasBench }: OpsPagesOptions): OpsPages {
  let rendered: { readonly snapshot: Snapshot; readonly panels: Panels } | undefined;

  const panelsOf = (snapshot: Snapshot): Panels => {
    if (rendered?.snapshot !== snapshot) rendered = { snapshot, panels: renderPanels(templates, snapshot) };
    return rendered.panels;
  };

  const send = (response: Response, name: string, page: object, chrome: object): void => {
    response.type('html').send(templates.render(name, { page, chrome: { asset: assets.href, ...chrome } }));
  };

  const sendConsole: OpsPages['sendConsole'] = async (response, operator, plan) => {
    const panels = panelsOf(await feed.now());
    send(
      response,
      'console',
      { panels, plan, hasBench },
      {
        title: 'The move',
        operator,
        formToken: access.formToken(operator),
        sheets: ['uplot.css', 'ops.css'],
        scripts: ['htmx.js', 'uplot.js', 'charts.js', 'ops.js'],
      },
    );
  };

  return {
    panelsOf,
    sendConsole,
    sendLogin: (response, page) =>
      send(response, 'login', page, {
        title: 'Log in',
        operator: undefined,
        formToken: '',
        sheets: ['ops.css'],
        scripts: ['login.js'],
      }),
    sendPlan: async (request, response, operator, plan) => {
      if (isAskedByPage(request)) response.type('html').send(templates.render('plan', plan));
      else await sendConsole(response, operator, plan);
    },
  };
}
