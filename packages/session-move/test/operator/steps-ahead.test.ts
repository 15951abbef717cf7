import { createMoveController } from '../../src/move-controller.ts';
import { readMoveViews } from '../../src/move-views.ts';
import { stepsAhead, type StepAhead } from '../../src/operator/steps-ahead.ts';
import { ALL_BUCKETS, at, claim, settle, switchTo, type Wanted } from '../../src/verb-steps.ts';
import { openTwoSides, type TwoSides } from '../support/two-sides.ts';

const short = (steps: readonly StepAhead[]): string[] =>
  steps.map(({ at: side, step, buckets }) => `${side} ${step} ${buckets}`);

describe('the steps that are ahead', () => {
  let sides: TwoSides;
  beforeAll(async () => {
    sides = await openTwoSides();
  });
  afterAll(() => sides.databases.close());

  const ahead = async (phases: readonly Wanted[], buckets = ALL_BUCKETS): Promise<string[]> =>
    short(stepsAhead(await readMoveViews(sides), buckets, phases, 'a new move'));

  it('are told for each verb before it is given, and are the ones that are made', async () => {
    const controller = createMoveController(sides);
    expect(await ahead([claim(null), at('old', 'capture')])).toEqual(['new prepare 256', 'old capture 256']);
    expect(await ahead([switchTo('new')])).toEqual([]);

    const moveId = await controller.start();
    const few = ALL_BUCKETS.slice(0, 26);
    expect(await ahead([switchTo('new'), settle], few)).toEqual([
      'new arm 26',
      'old commit 26',
      'new activate 26',
      'new parity 26',
      'old settle 26',
    ]);
    await controller.switch('new', few);
    await sides.backfill(moveId);
    await controller.settle(few);
    expect(await ahead([switchTo('new'), settle], few)).toEqual([]);
    expect(await ahead([switchTo('old'), settle], few)).toEqual([
      'old arm 26',
      'new commit 26',
      'old activate 26',
      'old parity 26',
      'new settle 26',
    ]);

    await controller.switch('new');
    await controller.settle();
    expect(await ahead([at('old', 'settle'), at('new', 'stop-capture'), at('old', 'wipe')])).toEqual([
      'new stop-capture 256',
      'old wipe 256',
    ]);
    await controller.complete();
    expect(await ahead([switchTo('old'), settle, at('old', 'wipe')])).toEqual([]);
  });
});
