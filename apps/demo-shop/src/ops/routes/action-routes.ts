import { Router } from 'express';
import type { Logger } from 'pino';
import { describeError } from '../../shop/describe-error.ts';
import { textField } from '../../shop/form-fields.ts';
import type { Operator, OpsAccess } from '../access/ops-access.ts';
import { slotOf } from '../actions/action-record.ts';
import type { Actions } from '../actions/create-actions.ts';
import { sayFailure } from '../actions/say-failure.ts';
import { askedView, confirmationWord, planView } from '../present/plan-view.ts';
import { operatorOf } from './login-routes.ts';
import { isAskedByPage, type OpsPages } from './ops-pages.ts';
import { readChoice, type Asked } from './read-choice.ts';

export interface ActionRoutesOptions {
  readonly access: OpsAccess;
  readonly actions: Actions;
  readonly pages: OpsPages;
  readonly logger: Logger;
}

/** The console's page, the plans of its steps, and what begins and stops them. */
export function actionRoutes({ access, actions, pages, logger }: ActionRoutesOptions): Router {
  const router = Router();

  const planFor = async (asked: Asked, operator: Operator, note?: string): Promise<object> => {
    if (asked.wrong !== undefined) return askedView(asked, asked.wrong);
    try {
      return planView(asked, await actions.plan(asked.choice, actorOf(operator)), access.formToken(operator), note);
    } catch (error) {
      return askedView(asked, sayFailure(error));
    }
  };

  router.get('/', async (request, response) => {
    const operator = operatorOf(response);
    const asked = readChoice(request.query);
    if (asked?.wrong !== undefined) response.status(422);
    await pages.sendConsole(response, operator, asked === undefined ? undefined : await planFor(asked, operator));
  });

  router.get('/plan', async (request, response) => {
    const operator = operatorOf(response);
    const asked = readChoice(request.query);
    if (asked === undefined) {
      response.status(400).type('text').send('There is no such step.');
      return;
    }
    if (asked.wrong !== undefined) response.status(422);
    await pages.sendPlan(request, response, operator, await planFor(asked, operator));
  });

  router.post('/actions', async (request, response) => {
    const operator = operatorOf(response);
    const asked = readChoice(request.body);
    const id = textField(request.body, 'id') ?? '';
    const mark = textField(request.body, 'mark') ?? '';
    if (asked === undefined || !/^[\w-]{16}$/.test(id)) {
      response.status(400).type('text').send('There is no such step.');
      return;
    }
    const { choice, wrong } = asked;
    const again = async (status: number, note: string): Promise<void> => {
      response.status(status);
      await pages.sendPlan(request, response, operator, await planFor(asked, operator, note));
    };
    if (wrong !== undefined) return again(422, wrong);
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
