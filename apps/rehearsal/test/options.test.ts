import fc from 'fast-check';
import { FAULT_KINDS } from '../src/faults/fault.ts';
import { forEachMethod, readOptions } from '../src/options.ts';
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
      method: 'fenced',
      shoppers: 40,
      seconds: 1,
      processes: 3,
      seed: 1,
      seeds: undefined,
      parallel: 1,
      compare: false,
      staggerMs: undefined,
      faults: undefined,
      verbose: false,
      logFile: undefined,
      template: undefined,
      json: false,
      help: false,
    });
  });

  it('rehearse the move by flags for as long as a session has to be waited out', () => {
    expect(readOptions(['--flags'])).toMatchObject({ method: 'flags', seconds: 20 });
    expect(readOptions(['--naive', '--stagger', '100'])).toMatchObject({ method: 'naive', staggerMs: 100 });
    expect(failureOf(['--flags', '--seconds', '11'])).toMatchObject({ message: expect.stringContaining('from 12 on') });
  });

  it('do not follow flags in the fenced move', () => {
    expect(failureOf(['--stagger', '100'])).toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('compare every method, each as it is', () => {
    const options = readOptions(['--compare', '--seeds', '2']);
    expect(forEachMethod(options).map(({ method, seconds, staggerMs }) => [method, seconds, staggerMs])).toEqual([
      ['fenced', 1, undefined],
      ['flags', 20, 2_000],
      ['naive', 20, undefined],
    ]);
    expect(failureOf(['--compare', '--naive'])).toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('are understood or refused, whatever is given', () => {
    const word = fc.oneof(
      fc.constantFrom('--seed', '--seeds', '--parallel', '--shoppers', '--seconds', '--stagger', '--faults', '--log'),
      fc.constantFrom('--flags', '--naive', '--compare', '--no-faults', '--json', '--', '-h', '--seed=1', '--seed='),
      fc.constantFrom('', '0', '1', '-1', '1e3', '4294967296', 'new-kill', ','),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 6 }), (words) => {
        const failure = failureOf(words);
        if (failure instanceof Error) expect(failure).toBeInstanceOf(RehearsalError);
      }),
      { numRuns: 1_000 },
    );
  });

  it('choose what goes wrong', () => {
    expect(readOptions(['--faults', 'new-kill, partition']).faults).toEqual(['new-kill', 'partition']);
    expect(readOptions(['--no-faults']).faults).toEqual([]);
    expect(failureOf(['--faults', 'new-kill,flood'])).toMatchObject({
      message: expect.stringMatching(new RegExp(`${FAULT_KINDS.join(', ')}.*"flood"`)),
    });
    expect(failureOf(['--faults', 'new-kill', '--no-faults'])).toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('are read', () => {
    const args = '--flags --shoppers 20 --seconds=30 --processes 4 --seed 0 --seeds 9 --parallel 2 --stagger 2000';
    expect(readOptions([...args.split(' '), '--log', 'shop.log', '--json', '--verbose', '-h'])).toEqual({
      method: 'flags',
      compare: false,
      shoppers: 20,
      seconds: 30,
      processes: 4,
      seed: 0,
      seeds: 9,
      parallel: 2,
      staggerMs: 2_000,
      faults: undefined,
      verbose: true,
      logFile: 'shop.log',
      template: undefined,
      json: true,
      help: true,
    });
  });

  it.each([
    [['--shopers', '3'], '--shopers'],
    [['--fenced'], '--fenced'],
    [['twenty'], 'twenty'],
    [['--shoppers'], '--shoppers'],
    [['--shoppers', '0'], '--shoppers takes a whole number from 1 to 2000'],
    [['--shoppers', '2001'], '--shoppers takes'],
    [['--shoppers', '1.5'], '--shoppers takes'],
    [['--shoppers', '1e2'], '--shoppers takes'],
    [['--seconds', '0'], '--seconds takes a whole number from 1 to 3600'],
    [['--seconds', ''], '--seconds takes'],
    [['--processes', '17'], '--processes takes'],
    [['--seed', '-1'], '--seed'],
    [['--seed', 'abc'], '--seed takes'],
    [['--seeds', '0'], '--seeds takes'],
    [['--flags', '--stagger', '0'], '--stagger takes'],
    [['--log', ''], '--log takes'],
    [['--json=1'], '--json'],
  ])('%j is refused with what is wrong', (args, words) => {
    const error = failureOf(args);
    expect(error).toBeInstanceOf(RehearsalError);
    expect((error as RehearsalError).code).toBe('OPTION_INVALID');
    expect((error as RehearsalError).message).toContain(words);
  });
});
