import type { SiteName } from '@switchyard/session-backends/fence';
import { callOf, givesKeyOut, possibleRequests } from './budget.ts';
import type { StepLabel } from './explorer.ts';
import { memoize, memoize2 } from './intern.ts';
import { stepRequest } from './process.ts';
import { beginRequest, targetOf } from './request.ts';
import type { Process, Request } from './request.ts';
import { continueStart, restart } from './starting.ts';
import type { Write } from './statements.ts';
import { clockPart, idPart, NO_EVENT } from './universe.ts';
import type { Universe } from './universe.ts';

/** What one statement of a process leads to, in numbers. */
export interface ProcessStep {
  readonly process: number;
  readonly site: number;
  readonly event: number;
  /** Its answer tells somebody a key that was drawn. */
  readonly givesKeyOut: boolean;
  /** The statement itself, if its answer was lost and it is still on its way. */
  readonly underWay: { readonly to: SiteName; readonly write: Write } | undefined;
  readonly label: StepLabel;
}

export interface RequestSteps {
  isIdle(process: number): boolean;
  isStarting(process: number): boolean;
  targetOf(process: number): SiteName;
  /** The requests that an idle process may begin. */
  begin(process: number, budget: number): readonly { process: number; budget: number; event: number; intro: string }[];
  /** What its next statement may do, at the site that it is sent to. */
  statement(process: number, siteAndClock: number): readonly ProcessStep[];
  /** How a process may be started anew, or go on with that. */
  start(process: number, pair: number): readonly { process: number; label: StepLabel }[];
}

export function requestSteps(universe: Universe): RequestSteps {
  const { scenario, has, processes, sites, budgets, events } = universe;
  const { kinds } = scenario;
  const rememberLoads = Boolean(kinds.update) || Boolean(kinds.rename) || !has('touchKeepsData');
  const idOf = (process: Process): number => processes.idOf(rememberLoads ? process : { ...process, seen: null });
  const requestOf = (process: number): Request => processes.valueOf(process).request as Request;

  return {
    isIdle: (process) => processes.valueOf(process).request === null && processes.valueOf(process).starting === null,
    isStarting: (process) => processes.valueOf(process).starting !== null,
    targetOf: memoize((process) => targetOf(processes.valueOf(process))),

    begin: memoize2((process, budget) =>
      possibleRequests(scenario, budgets.valueOf(budget), processes.valueOf(process)).map((choice) => {
        const begun = beginRequest(processes.valueOf(process), choice.request);
        const call = callOf(begun.request as Request);
        return {
          process: idOf(begun),
          budget: budgets.idOf(choice.budget),
          event: events.idOf({ kind: 'invoke', request: choice.request.id, call }),
          intro: `begins request ${choice.request.id}, a ${choice.request.kind}: `,
        };
      }),
    ),

    statement: memoize2((process, slot) => {
      const request = requestOf(process);
      return stepRequest(has, processes.valueOf(process), sites.valueOf(idPart(slot)), clockPart(slot))
        .filter(({ underWay }) => underWay === undefined || scenario.lostAnswers > 0)
        .map((outcome) => ({
          process: idOf(outcome.process),
          site: sites.idOf(outcome.site),
          event:
            outcome.answer === undefined
              ? NO_EVENT
              : events.idOf({ kind: 'answer', request: request.id, result: outcome.answer }),
          givesKeyOut: givesKeyOut(request.kind, outcome.answer),
          underWay: outcome.underWay && { to: outcome.site.name, write: outcome.underWay },
          label: { tag: outcome.tag, text: outcome.text },
        }));
    }),

    start: memoize2((process, pair) => {
      const value = processes.valueOf(process);
      const fences = universe.bothSites(pair);
      const outcomes = value.starting ? continueStart(has, value, fences) : restart(value, fences);
      return outcomes.map(({ process: after, tag, text }) => ({ process: idOf(after), label: { tag, text } }));
    }),
  };
}
