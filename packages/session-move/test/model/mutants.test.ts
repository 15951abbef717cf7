import { explore } from '../../src/model/explorer.ts';
import { runJob } from '../../src/model/jobs.ts';
import { MECHANISMS } from '../../src/model/mechanisms.ts';
import { MUTANTS } from '../../src/model/mutants.ts';
import { HAZARDS } from '../../src/model/two-flags-hazards.ts';
import { twoFlagsModel } from '../../src/model/two-flags.ts';

/** Quick ones, each against another part of the move, with the length of the shortest counterexample. */
const quick: [name: string, steps: number][] = [
  ['no-write-fence', 6],
  ['no-read-fence', 5],
  ['no-table-lock', 7],
  ['wrong-order', 4],
  ['no-merge-reads', 2],
  ['no-version-guard', 6],
  ['no-compare-and-set', 4],
  ['save-as-upsert', 2],
  ['no-tombstones', 4],
  ['rename-in-two-steps', 2],
  ['parity-without-backfill', 4],
  ['no-floor', 8],
  ['start-trusts-armed', 4],
  ['own-write-by-equal-bytes', 5],
];

describe('a mutant of the fenced move', () => {
  it.each(quick)('%s is caught in %i steps', (name, steps) => {
    const result = runJob({ kind: 'mutant', name, deep: false });
    expect(result.steps).toBe(steps);
    expect(result.holds).toBe(false);
    expect(result.story).toHaveLength(steps + 1);
    expect(result.story.at(-1)).toMatch(/^=> /);
  });

  it('exists for every mechanism, under a name of its own', () => {
    const left = new Set(MUTANTS.flatMap(({ without }) => without));
    expect([...left].sort()).toEqual(Object.keys(MECHANISMS).sort());
    const names = [...MUTANTS, ...HAZARDS].map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('is refused if there is none of that name', () => {
    expect(() => runJob({ kind: 'mutant', name: 'three-hops', deep: false })).toThrow(TypeError);
  });
});

describe('two flags alone', () => {
  it.each(HAZARDS.map((hazard) => [hazard.name, hazard] as const))(
    'fail with %s, and hold without it',
    (_name, hazard) => {
      expect(explore(twoFlagsModel(hazard.scenario)).counterexample).toBeDefined();
      expect(explore(twoFlagsModel({ ...hazard.scenario, ...hazard.control }))).toMatchObject({
        complete: true,
        counterexample: undefined,
      });
    },
  );
});
