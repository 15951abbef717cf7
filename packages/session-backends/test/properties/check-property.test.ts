import fc from 'fast-check';
import { assertHolds, findCounterexample } from '../support/check-property.ts';

const smallSums = fc.property(fc.integer(), fc.integer(), (a, b) => {
  if (a + b > 1000) throw new Error(`${a} + ${b}`);
});

const messageOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'it holds',
    (error: unknown) => (error as Error).message,
  );

describe('a property that does not hold', () => {
  it('is reported with seed, path and the command that runs its counterexample again', async () => {
    const message = await messageOf(assertHolds(smallSums, 1000));
    const [, seed, path] = /SWITCHYARD_SEED=(-?\d+) SWITCHYARD_PATH=([\d:]+) npx jest \S+/.exec(message) ?? [];
    expect(message).toContain("/check-property.test.ts -t 'a property that does not hold is reported with seed, path");
    const again = fc.check(smallSums, { seed: Number(seed), path: path as string, endOnFailure: true });
    expect(message).toContain(`Counterexample: [${String(again.counterexample?.join(','))}]`);
  });

  it('made of commands is reported with the path among them', async () => {
    const command = fc.nat().map((n) => ({
      check: () => true,
      run: (model: { sum: number }) => {
        model.sum += n;
        if (model.sum > 100) throw new Error('too much');
      },
      toString: () => `add ${n}`,
    }));
    const sums = fc.property(fc.commands([command]), (commands) =>
      fc.modelRun(() => ({ model: { sum: 0 }, real: undefined }), commands),
    );
    expect(await messageOf(assertHolds(sums, 100))).toMatch(/SWITCHYARD_PATH=\S+ SWITCHYARD_REPLAY_PATH=\S+ npx jest/);
  });

  it('is what findCounterexample looks for', async () => {
    expect(await findCounterexample(smallSums, 1000)).toMatch(/^-?\d+ \+ -?\d+$/);
    expect(
      await messageOf(
        findCounterexample(
          fc.property(fc.nat(), () => undefined),
          10,
        ),
      ),
    ).toMatch(/^no counterexample in 10 runs with seed -?\d+$/);
  });
});
