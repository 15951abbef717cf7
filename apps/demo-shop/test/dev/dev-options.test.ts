import { parseDevOptions } from '../../src/dev/dev-options.ts';
import { StartError } from '../../src/start-error.ts';

it('without options there is one process of the shop', () => {
  expect(parseDevOptions([])).toEqual({ processes: 1, help: false });
});

it.each([['--processes=3'], ['--processes', '3']])('processes of the shop can be given (%s %s)', (...args) => {
  expect(parseDevOptions(args.filter((arg) => arg !== undefined)).processes).toBe(3);
});

describe('what is not understood is refused with what is', () => {
  it.each([
    [['--processes', '0'], /^--processes has to be a whole number from 1 to 16, not "0"\./],
    [['--processes', '17'], /not "17"/],
    [['--processes', '2.5'], /not "2\.5"/],
    [['--processes', 'many'], /not "many"/],
    [['--processes'], /--processes/],
    [['--proceses', '3'], /^Unknown option '--proceses'\.\n/],
    [['3'], /^Unexpected argument '3'\./],
  ])('%j', (args, message) => {
    let thrown: unknown;
    try {
      parseDevOptions(args);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(StartError);
    expect((thrown as Error).message).toMatch(message);
    expect((thrown as StartError).code).toBe('DEV_OPTION_INVALID');
    expect((thrown as Error).message).toContain('Usage: npm run dev');
  });
});
