import { readOptions } from '../src/options.ts';
import { RehearsalError } from '../src/rehearsal-error.ts';

const failureOf = (args: readonly string[]): unknown => {
  try {
    return readOptions(args);
  } catch (error) {
    return error;
  }
};

describe('the options', () => {
  it('have defaults', () => {
    expect(readOptions([])).toEqual({
      isFenced: false,
      shoppers: 200,
      seconds: 60,
      processes: 2,
      seed: 1,
      staggerMs: undefined,
      logFile: undefined,
      json: false,
      help: false,
    });
  });

  it('rehearse the fenced move with three processes, and not with flags seen late', () => {
    expect(readOptions(['--fenced'])).toMatchObject({ isFenced: true, processes: 3 });
    expect(readOptions(['--fenced', '--processes', '2'])).toMatchObject({ isFenced: true, processes: 2 });
    expect(failureOf(['--fenced', '--stagger', '100'])).toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('are read', () => {
    expect(
      readOptions([
        '--shoppers',
        '20',
        '--seconds=30',
        '--processes',
        '3',
        '--seed',
        '0',
        '--stagger',
        '2000',
        '--log',
        'shop.log',
        '--json',
        '-h',
      ]),
    ).toEqual({
      isFenced: false,
      shoppers: 20,
      seconds: 30,
      processes: 3,
      seed: 0,
      staggerMs: 2_000,
      logFile: 'shop.log',
      json: true,
      help: true,
    });
  });

  it.each([
    [['--shopers', '3'], '--shopers'],
    [['twenty'], 'twenty'],
    [['--shoppers'], '--shoppers'],
    [['--shoppers', '0'], '--shoppers takes a whole number from 1 to 2000'],
    [['--shoppers', '2001'], '--shoppers takes'],
    [['--shoppers', '1.5'], '--shoppers takes'],
    [['--shoppers', '1e2'], '--shoppers takes'],
    [['--seconds', '11'], '--seconds takes a whole number from 12 to 3600'],
    [['--seconds', ''], '--seconds takes'],
    [['--processes', '17'], '--processes takes'],
    [['--seed', '-1'], '--seed'],
    [['--seed', 'abc'], '--seed takes'],
    [['--stagger', '0'], '--stagger takes'],
    [['--log', ''], '--log takes'],
    [['--json=1'], '--json'],
  ])('%j is refused with what is wrong', (args, words) => {
    const error = failureOf(args);
    expect(error).toBeInstanceOf(RehearsalError);
    expect((error as RehearsalError).code).toBe('OPTION_INVALID');
    expect((error as RehearsalError).message).toContain(words);
  });
});
