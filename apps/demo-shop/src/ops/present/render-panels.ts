import type { Snapshot } from '../status/status-feed.ts';
import { percent } from '../words/numbers.ts';
import { timeOf } from '../words/time-of.ts';
import { actionCards } from './action-cards.ts';
import { benchView } from './bench-view.ts';
import { bucketGrid } from './bucket-grid.ts';
import { databaseCards } from './database-cards.ts';
import { fleetView } from './fleet-view.ts';
import { headline } from './headline.ts';
import { logLines } from './log-lines.ts';
import { movePicture } from './move-picture.ts';
import { moveSteps } from './move-steps.ts';
import type { OpsTemplates } from './ops-templates.ts';
import { progressFacts } from './progress-facts.ts';

/** The parts of the page that change by themselves, by name, as HTML. The same for everybody who looks. */
export type Panels = Readonly<Record<string, string>>;

export function renderPanels({ render }: OpsTemplates, { status, trouble, bench }: Snapshot): Panels {
  const { move } = status;
  const panel = (name: string, data: object): string => render(`panels/${name}`, data);
  return {
    trouble: panel('trouble', { trouble, status, time: timeOf }),
    headline: panel('headline', {
      headline: headline(status),
      moved: percent(move.moved / 256),
      moveId: move.moveId?.slice(0, 8),
    }),
    picture: panel('picture', { picture: movePicture(status) }),
    grid: panel('grid', { grid: bucketGrid(status.buckets) }),
    progress: panel('progress', { facts: progressFacts(status) }),
    databases: panel('databases', { sides: databaseCards(status) }),
    fleet: panel('fleet', { fleet: fleetView(status) }),
    actions: panel('actions', { actions: actionCards(status) }),
    steps: panel('steps', { steps: moveSteps(status) }),
    log: panel('log', { log: logLines(move.log) }),
    ...(bench !== undefined && { bench: panel('bench', { bench: benchView(bench) }) }),
  };
}
