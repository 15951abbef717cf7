import { planSteps, type Plan } from '../../src/move/plan.ts';

/** Of the steps by flags; the fenced move has steps of one length. */
const totalMs = ({ sessionAgeSeconds: _age, switchMs: _switch, ...steps }: Plan): number =>
  Object.values(steps).reduce((sum: number, ms: number) => sum + ms, 0);

describe('the plan of the steps', () => {
  it.each([12, 20, 60, 600])('shares out %i seconds', (seconds) => {
    const plan = planSteps({ seconds, shoppers: 50, staggerMs: undefined });
    expect(Math.abs(totalMs(plan) - seconds * 1_000)).toBeLessThan(10);
    expect(Math.min(...Object.values(plan))).toBeGreaterThan(0);
  });

  it.each([
    [12, 50, 3],
    [20, 50, 4],
    [60, 200, 12],
    [20, 180, 6],
    [20, 2_000, 7],
  ])('of %i seconds with %i shoppers makes sessions live %i', (seconds, shoppers, age) => {
    expect(planSteps({ seconds, shoppers, staggerMs: undefined }).sessionAgeSeconds).toBe(age);
  });

  it('waits longer than a session lives', () => {
    const plan = planSteps({ seconds: 60, shoppers: 50, staggerMs: undefined });
    expect(plan.waitOutAgeMs).toBeGreaterThan(plan.sessionAgeSeconds * 1_000);
  });

  it('makes every flip long enough for the last process to see it', () => {
    const plan = planSteps({ seconds: 20, shoppers: 50, staggerMs: 5_000 });
    for (const ms of [plan.migrationOnMs, plan.routerOnMs, plan.migrationOffMs]) expect(ms).toBeGreaterThan(5_000);
  });
});
