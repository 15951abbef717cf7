import type { Step } from '../move/steps.ts';
import { FAULTS, type Fault, type Moment } from './fault.ts';

/** A fault in words, as it was drawn. */
export const describeFault = (fault: Fault, step: Step): string =>
  `${describeWhat(fault)}, ${describeMoment(fault.moment, step)}`;

export function describeWhat({ kind, process, server, how, delayMs }: Fault): string {
  const doing = how === 'cut' ? 'connections break' : 'nothing is carried';
  switch (kind) {
    case 'shop-kill':
    case 'shop-stop':
      return `${kind}: ${process}`;
    case 'old-away':
    case 'new-away':
      return `${kind}: ${FAULTS[kind]} (${doing})`;
    case 'partition':
      return `partition: ${process} does not reach ${nameOf(server)} (${doing})`;
    case 'slow-replies':
      return `slow-replies: ${nameOf(server)} answers ${process} ${delayMs} ms later`;
    case 'long-transaction':
      return `long-transaction: somebody ${how === 'cut' ? 'has read' : 'holds'} the rows at ${nameOf(server)}`;
    default:
      return `${kind}: ${FAULTS[kind]}`;
  }
}

const nameOf = (server: Fault['server']): string => (server === 'redis' ? 'Redis' : `the ${server} database`);

function describeMoment(moment: Moment, { name }: Step): string {
  switch (moment.at) {
    case 'begin':
      return moment.afterMs === 0 ? `before "${name}"` : `${moment.afterMs} ms into "${name}"`;
    case 'end':
      return `after "${name}"`;
    case 'fence':
      return `${moment.when === 'inside' ? 'in' : 'after'} the ${moment.step} of "${name}"`;
    case 'backfill':
      return `in "${name}", with ${moment.covered} buckets copied`;
    case 'drain':
      return `in "${name}", ${moment.when} a batch of the drain`;
  }
}
