import { interleave } from '../src/interleave.ts';
import type { Measurement } from '../src/measurement.ts';

describe('measuring in turn', () => {
  it('warms everybody up and then takes each once in every round', async () => {
    const taken: string[] = [];
    let measurements = 0;
    const turn =
      (name: string) =>
      async (seconds: number): Promise<Measurement> => {
        taken.push(`${name} ${seconds}`);
        return { opsPerSecond: ++measurements, p50Ms: 1, p99Ms: 1, cpuMicros: 1 };
      };
    const rounds: number[] = [];
    const results = await interleave([turn('ours'), turn('theirs')], {
      rounds: 2,
      seconds: 1,
      onRound: (round) => rounds.push(round),
    });
    expect(taken).toEqual(['ours 0.5', 'theirs 0.5', 'ours 1', 'theirs 1', 'ours 1', 'theirs 1']);
    expect(results.map((each) => each.map(({ opsPerSecond }) => opsPerSecond))).toEqual([
      [3, 5],
      [4, 6],
    ]);
    expect(rounds).toEqual([1, 2]);
  });
});
