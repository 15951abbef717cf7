import fc from 'fast-check';
import { moveFlags, type MoveFlagValues } from '@switchyard/flags';

/** A client of somebody's flag service, which answers with anything, or not at all. */
const answer = fc.oneof(fc.boolean(), fc.anything(), fc.constant(new Error('the flag service is away')));

describe('a flag service that answers with anything at all', () => {
  it('turns nothing on, and fails no request: flags stay as they were last understood', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(answer, answer), { minLength: 1 }), async (answers) => {
        let round: readonly [unknown, unknown] = [false, false];
        const flags = moveFlags({
          getBooleanValue: async (name) => {
            const given = name === 'migration_flag' ? round[0] : round[1];
            if (given instanceof Error) throw given;
            return given as boolean;
          },
        });
        let last: MoveFlagValues = { migrationFlag: false, newDbRouterFlag: false };
        for (round of answers) {
          const [migrationFlag, newDbRouterFlag] = round;
          last = {
            migrationFlag: typeof migrationFlag === 'boolean' ? migrationFlag : last.migrationFlag,
            newDbRouterFlag: typeof newDbRouterFlag === 'boolean' ? newDbRouterFlag : last.newDbRouterFlag,
          };
          expect(await flags.read()).toEqual(last);
          expect(await flags.pin((pinned) => pinned)).toEqual(last);
        }
      }),
      { numRuns: 300 },
    );
  });
});
