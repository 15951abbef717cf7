import { Router } from 'express';
import type { Logger } from 'pino';
import { describeError } from '../../shop/describe-error.ts';
import { textField } from '../../shop/form-fields.ts';
import type { Operator, OpsAccess } from '../access/ops-access.ts';
import { slotOf, type VerbChoice } from '../actions/action-record.ts';
import type { Actions } from '../actions/create-actions.ts';
import { sayFailure } from '../actions/say-failure.ts';
import { confirmationWord, planView } from '../present/plan-view.ts';
import { verbTitle } from '../present/verb-title.ts';
import { operatorOf } from './login-routes.ts';
import { isAskedByPage, type OpsPages } from './ops-pages.ts';
import { readChoice } from './read-choice.ts';

export interface ActionRoutesOptions {
  readonly access: OpsAccess;
  readonly actions: Actions;
  readonly pages: OpsPages;
  readonly logger: Logger;
}

/** The console's page, the plans of its steps, and what begins and stops them. */
export function actionRoutes({ access, actions, pages, logger }: ActionRoutesOptions): Router {
  const router = Router();

  const planFor = async (choice: VerbChoice, operator: Operator, note?: string): Promise<object> => {
    try {
      return planView(await actions.plan(choice, actorOf(operator)), access.formToken(operator), note);
    } catch (error) {
      return { title: verbTitle(choice), note: sayFailure(error), choice };
    }
  };

  router.get('/', async (request, response) => {
    const operator = operatorOf(response);
    const choice = readChoice(request.query);
    await pages.sendConsole(response, operator, choice === undefined ? undefined : await planFor(choice, operator));
  });

  router.get('/plan', async (request, response) => {
    const operator = operatorOf(response);
    const choice = readChoice(request.query);
    if (choice === undefined) response.status(400).type('text').send('There is no such step.');
    else await pages.sendPlan(request, response, operator, await planFor(choice, operator));
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
      await pages.sendPlan(request, response, operator, await planFor(choice, operator, note));
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
        if (isAskedByPage(request)) response.type('html').send('');
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
    if (isAskedByPage(request)) response.status(204).end();
    else response.redirect(303, '/ops');
  });

  return router;
}

const actorOf = ({ name }: Operator): string => `${name}@console`;
