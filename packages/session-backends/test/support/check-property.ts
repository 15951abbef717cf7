import path from 'node:path';
import fc from 'fast-check';

const { SWITCHYARD_SEED, SWITCHYARD_PATH, SWITCHYARD_REPLAY_PATH, SWITCHYARD_RUNS } = process.env;

/** How many times as many runs as by default, from SWITCHYARD_RUNS. */
const factor = Number(SWITCHYARD_RUNS ?? 1);
if (!(factor > 0)) throw new TypeError('SWITCHYARD_RUNS has to be a positive number: 10 for ten times as many runs');

/** What a test of properties may take, in milliseconds. */
export const PROPERTY_TIMEOUT_MS = Math.max(30_000, 30_000 * factor);

/** For fc.commands: which of its commands to run again. */
export const replayedCommands = SWITCHYARD_REPLAY_PATH === undefined ? {} : { replayPath: SWITCHYARD_REPLAY_PATH };

/** A property of fast-check's, synchronous or not. */
export type Property<T> = fc.IRawProperty<T>;

/**
 * Throws when the property does not hold for each of `runs` values. The seed is drawn, or SWITCHYARD_SEED; the message
 * carries the command that runs the counterexample again.
 */
export async function assertHolds<T>(property: Property<T>, runs: number): Promise<void> {
  const details = await fc.check(property, {
    numRuns: Math.ceil(runs * factor),
    ...(SWITCHYARD_SEED !== undefined && { seed: Number(SWITCHYARD_SEED) }),
    ...(SWITCHYARD_PATH !== undefined && { path: SWITCHYARD_PATH }),
  });
  if (details.failed) throw new Error(describeFailure(details), { cause: details.errorInstance });
}

/**
 * For what must not hold: the message of the error that the first counterexample ended in. It is not made smaller.
 * @throws when there is none in `runs` runs
 */
export async function findCounterexample<T>(property: Property<T>, runs: number): Promise<string> {
  const details = await fc.check(property, { numRuns: runs, endOnFailure: true });
  if (!details.failed) throw new Error(`no counterexample in ${runs} runs with seed ${details.seed}`);
  return details.errorInstance instanceof Error ? details.errorInstance.message : String(details.errorInstance);
}

function describeFailure<T>(details: fc.RunDetails<T>): string {
  const report = fc.defaultReportMessage(details) ?? 'the property does not hold';
  const { currentTestName = '', testPath = '' } = expect.getState();
  const commands = /replayPath="([^"]*)"/.exec(report)?.[1];
  const replay = [
    `SWITCHYARD_SEED=${details.seed}`,
    details.counterexamplePath !== null && `SWITCHYARD_PATH=${details.counterexamplePath}`,
    commands !== undefined && `SWITCHYARD_REPLAY_PATH=${commands}`,
    `npx jest ${path.relative(process.cwd(), testPath)} -t '${currentTestName.replaceAll(/[\\^$.*+?()[\]{}|']/g, '.')}'`,
  ];
  return `${report}\n\nTo run it again:\n  ${replay.filter(Boolean).join(' ')}`;
}
