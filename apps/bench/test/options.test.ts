import { BenchError } from '../src/bench-error.ts';
import { CASES } from '../src/cases/case-group.ts';
import { readOptions } from '../src/options.ts';

const failureOf = (args: readonly string[]): unknown => {
  try {
    return readOptions(args);
  } catch (error) {
    return error;
  }
};

describe('the options', () => {
  it('have defaults for a run of a few minutes', () => {
    expect(readOptions([])).toMatchObject({
      command: 'cases',
      cases: new Set(CASES),
      subjects: undefined,
      numbers: { rounds: 3, seconds: 1, sessions: 5_000, 'most-rows': 1_000_000, saves: 1_000_000 },
      writeDocs: false,
      json: false,
      help: false,
    });
  });

  it('are read', () => {
    const args = ['--only', 'load, save', '--rounds=5', '--seconds', '0.5', '--sessions', '64', '--json', '-h'];
    expect(readOptions(args)).toMatchObject({
      cases: new Set(['load', 'save']),
      subjects: undefined,
      numbers: { rounds: 5, seconds: 0.5, sessions: 64 },
      json: true,
      help: true,
    });
  });

  it('choose cases and subjects, each by its name', () => {
    expect(readOptions(['--only', 'load,switchyard,connect-pg-simple'])).toMatchObject({
      cases: new Set(['load']),
      subjects: new Set(['switchyard', 'connect-pg-simple']),
    });
    expect(readOptions(['--only', 'pgbench'])).toMatchObject({
      cases: new Set(CASES),
      subjects: new Set(['pgbench']),
    });
  });

  it('are those of the command', () => {
    expect(readOptions(['growth', '--most-rows', '10000000']).numbers['most-rows']).toBe(10_000_000);
    expect(readOptions(['all', '--saves', '50000', '--only', 'load'])).toMatchObject({ command: 'all' });
    expect(failureOf(['router', '--rounds', '5'])).toMatchObject({
      message: '--rounds is of cases, rows, growth; router does not take it.',
    });
    expect(failureOf(['rows', '--only', 'load'])).toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('do not put a part of a run into the document', () => {
    expect(readOptions(['--write-docs']).writeDocs).toBe(true);
    expect(failureOf(['--write-docs', '--only', 'load'])).toMatchObject({ code: 'OPTION_INVALID' });
  });

  it.each([
    [['--round', '3'], '--round'],
    [['--only', 'laod'], '"laod"'],
    [['--only', ''], '--only takes'],
    [['routing'], '"routing" is not one of'],
    [['cases', 'router'], '"cases router" is not one of'],
    [['--rounds', '0'], '--rounds takes a whole number from 1 to 99'],
    [['--rounds', '100'], '--rounds takes'],
    [['--rounds', '1.5'], '--rounds takes'],
    [['--seconds', '0'], '--seconds takes a number from 0.05 to 600'],
    [['--seconds', '1e1'], '--seconds takes'],
    [['--sessions', '63'], '--sessions takes'],
    [['--json=1'], '--json'],
  ])('%j is refused with what is wrong', (args, words) => {
    const error = failureOf(args);
    expect(error).toBeInstanceOf(BenchError);
    expect((error as BenchError).code).toBe('OPTION_INVALID');
    expect((error as BenchError).message).toContain(words);
  });
});
