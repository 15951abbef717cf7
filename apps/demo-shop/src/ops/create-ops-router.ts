import express, { Router, type NextFunction, type Request, type Response } from 'express';
import type { Logger } from 'pino';
import { describeError } from '../shop/describe-error.ts';
import { textField } from '../shop/form-fields.ts';
import type { Operator, OpsAccess } from './access/ops-access.ts';
import { isSameOrigin } from './access/same-origin.ts';
import { slotOf, type VerbChoice } from './actions/action-record.ts';
import type { Actions } from './actions/create-actions.ts';
import { sayFailure } from './actions/say-failure.ts';
import { createBenchRouter } from './bench-router.ts';
import type { DevControls } from './dev-controls.ts';
import { streamEvents } from './event-stream.ts';
import type { OpsAssets } from './ops-assets.ts';
import { opsHeaders } from './ops-headers.ts';
import type { OpsTemplates } from './present/ops-templates.ts';
import { confirmationWord, planView } from './present/plan-view.ts';
import { renderPanels, type Panels } from './present/render-panels.ts';
import { verbTitle } from './present/verb-title.ts';
import { readChoice } from './read-choice.ts';
import type { Snapshot, StatusFeed } from './status/status-feed.ts';

export interface OpsRouterOptions {
  readonly access: OpsAccess;
  readonly feed: StatusFeed;
  readonly actions: Actions;
  readonly templates: OpsTemplates;
  readonly assets: OpsAssets;
  readonly secureCookies: boolean;
  readonly logger: Logger;
  /** In development only: what may be broken. */
  readonly controls?: DevControls | undefined;
}

const BODY_LIMIT = '4kb';

/** The console, to be mounted at /ops: a login, one page, its live events, and what an operator may do. */
export function createOpsRouter(options: OpsRouterOptions): Router {
  const { access, feed, actions, templates, assets, logger, controls } = options;
  const router = Router();
  let rendered: { readonly snapshot: Snapshot; readonly panels: Panels } | undefined;

  const panelsOf = (snapshot: Snapshot): Panels => {
    if (rendered?.snapshot !== snapshot) rendered = { snapshot, panels: renderPanels(templates, snapshot) };
    return rendered.panels;
  };

  const send = (response: Response, name: string, page: object, operator?: Operator): void => {
    const chrome = {
      title: operator === undefined ? 'Log in' : 'The move',
      operator,
      formToken: operator === undefined ? '' : access.formToken(operator),
      asset: assets.href,
      sheets: operator === undefined ? ['ops.css'] : ['uplot.css', 'ops.css'],
      scripts: operator === undefined ? ['login.js'] : ['htmx.js', 'uplot.js', 'charts.js', 'ops.js'],
    };
    response.type('html').send(templates.render(name, { page, chrome }));
  };

  const sendConsole = async (response: Response, operator: Operator, plan?: object): Promise<void> => {
    const panels = panelsOf(await feed.now());
    send(response, 'console', { panels, plan, hasBench: controls !== undefined }, operator);
  };

  /** The plan alone where the page asks for it, else the page with it. */
  const sendPlan = async (request: Request, response: Response, operator: Operator, plan: object): Promise<void> => {
    if (request.get('hx-request') === 'true') response.type('html').send(templates.render('plan', plan));
    else await sendConsole(response, operator, plan);
  };

  const planFor = async (choice: VerbChoice, operator: Operator, note?: string): Promise<object> => {
    try {
      return planView(await actions.plan(choice, actorOf(operator)), access.formToken(operator), note);
    } catch (error) {
      return { title: verbTitle(choice), note: sayFailure(error), choice };
    }
  };

  router.use(opsHeaders(options.secureCookies));
  router.use('/assets', assets.router);
  router.use(express.urlencoded({ extended: false, limit: BODY_LIMIT, parameterLimit: 20 }));
  router.use((request, response, next) => {
    if (request.method === 'POST' && !isSameOrigin(request)) response.status(403).type('text').send('Not from here.');
    else next();
  });

  router.get('/login', (request, response) => {
    if (access.operatorOf(request) === undefined) send(response, 'login', { error: undefined, name: '' });
    else response.redirect(303, '/ops');
  });

  router.post('/login', (request, response) => {
    const given = { token: textField(request.body, 'token') ?? '', name: textField(request.body, 'name') ?? '' };
    const result = access.logIn(request, response, given);
    if (result.status === 'in') return response.redirect(303, '/ops');
    logger.warn({ status: result.status }, 'a login at the console was refused');
    if (result.status === 'wait') response.set('Retry-After', String(Math.ceil(result.waitMs / 1_000)));
    const [status, error] = refusalOf(result);
    return send(response.status(status), 'login', { error, name: given.name });
  });

  // From here on only for those who are logged in.
  router.use((request, response, next) => {
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
  });

  router.post('/logout', (_request, response) => {
    access.logOut(response);
    response.redirect(303, '/ops/login');
  });

  router.get('/', async (request, response) => {
    const operator = operatorOf(response);
    const choice = readChoice(request.query);
    await sendConsole(response, operator, choice === undefined ? undefined : await planFor(choice, operator));
  });

  router.get('/events', (request, response) => {
    streamEvents(request, response, { feed, panelsOf, mayLook: () => access.operatorOf(request) !== undefined });
  });

  router.get('/plan', async (request, response) => {
    const operator = operatorOf(response);
    const choice = readChoice(request.query);
    if (choice === undefined) response.status(400).type('text').send('There is no such step.');
    else await sendPlan(request, response, operator, await planFor(choice, operator));
  });

  router.post('/actions', async (request, response) => {
    const operator = operatorOf(response);
    const choice = readChoice(request.body);
    const id = textField(request.body, 'id') ?? '';
    const mark = textField(request.body, 'mark') ?? '';
    if (choice === undefined || !/^[\w-]{16}$/.test(id)) {
      response.status(400).type('text').send('There is no such step.');
      return;
    }
    const again = async (status: number, note: string): Promise<void> => {
      response.status(status);
      await sendPlan(request, response, operator, await planFor(choice, operator, note));
    };
    const word = confirmationWord(choice);
    if (word !== undefined && textField(request.body, 'word')?.trim() !== word)
      return again(422, `Nothing was done: to confirm, type “${word}”.`);
    const begun = await actions.begin(choice, { id, mark }, actorOf(operator)).catch((error: unknown) => {
      logger.error({ verb: choice.verb, ...describeError(error) }, 'an action of the console could not begin');
      return { status: 'failed', why: sayFailure(error) } as const;
    });
    switch (begun.status) {
      case 'begun':
      case 'repeated':
        if (request.get('hx-request') === 'true') response.type('html').send('');
        else response.redirect(303, '/ops');
        return;
      case 'moved on':
        return again(
          409,
          'Nothing was done: the state of the move has gone on since this plan was made. This is the plan now.',
        );
      case 'busy':
        return again(
          409,
          `Nothing was done: ${begun.by?.actor ?? 'somebody'} is at “${begun.by?.verb ?? slotOf(choice.verb)}”. Wait for it, or stop it.`,
        );
      case 'failed':
        return again(503, `Nothing was done: ${begun.why}`);
    }
  });

  router.post('/actions/stop', async (request, response) => {
    const slot = textField(request.body, 'slot');
    const id = textField(request.body, 'id') ?? '';
    if (slot === 'change' || slot === 'backfill' || slot === 'verify') await actions.stop(slot, id);
    if (request.get('hx-request') === 'true') response.status(204).end();
    else response.redirect(303, '/ops');
  });

  if (controls !== undefined) router.use('/bench', createBenchRouter(controls));

  router.use((_request: Request, response: Response) => {
    response.status(404).type('text').send('There is no such page: /ops');
  });
  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(error);
    logger.error(describeError(error), 'the console failed');
    response.status(500).type('text').send(sayFailure(error));
  });
  return router;
}

const operatorOf = (response: Response): Operator => response.locals['operator'] as Operator;

const actorOf = ({ name }: Operator): string => `${name}@console`;

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
