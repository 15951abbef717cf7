import { planFenced, planFlags, type FlagPlan } from '../../src/move/plan.ts';
import { FENCED_STEPS } from '../../src/move/steps.ts';
import { createRandom } from '../../src/random.ts';

const totalMs = ({ sessionAgeSeconds: _age, ...steps }: FlagPlan): number =>
  Object.values(steps).reduce((sum: number, ms: number) => sum + ms, 0);

describe('the plan of the move by flags', () => {
  it.each([12, 20, 60, 600])('shares out %i seconds', (seconds) => {
    const plan = planFlags({ seconds, shoppers: 50, staggerMs: undefined });
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
    expect(planFlags({ seconds, shoppers, staggerMs: undefined }).sessionAgeSeconds).toBe(age);
  });

  it('waits longer than a session lives', () => {
    const plan = planFlags({ seconds: 60, shoppers: 50, staggerMs: undefined });
    expect(plan.waitOutAgeMs).toBeGreaterThan(plan.sessionAgeSeconds * 1_000);
  });

  it('makes every flip long enough for the last process to see it', () => {
    const plan = planFlags({ seconds: 20, shoppers: 50, staggerMs: 5_000 });
    for (const ms of [plan.migrationOnMs, plan.routerOnMs, plan.migrationOffMs]) expect(ms).toBeGreaterThan(5_000);
  });
});

describe('the plan of the fenced move', () => {
  it('shares the time out among the steps', () => {
    const { baselineMs, pauseMs } = planFenced({ seconds: 6 }, createRandom(1));
    expect(Math.abs(baselineMs + FENCED_STEPS.length * pauseMs - 6_000)).toBeLessThan(10);
  });

  it('lets sessions of some seeds expire, and those of others live on', () => {
    const ages = Array.from(
      { length: 30 },
      (_, seed) => planFenced({ seconds: 6 }, createRandom(seed)).sessionAgeSeconds,
    );
    expect(Math.min(...ages)).toBeLessThan(6);
    expect(Math.max(...ages)).toBeGreaterThan(20);
  });
});
