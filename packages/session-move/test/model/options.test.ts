import { parseOptions } from '../../src/model/options.ts';

const NONE = { deep: false, json: false, only: undefined, help: false };

describe('the options of the model', () => {
  it.each([
    [[], NONE],
    [['--deep', '--json'], { ...NONE, deep: true, json: true }],
    [['--only', 'three-hops'], { ...NONE, only: 'three-hops' }],
    [['--help'], { ...NONE, help: true }],
  ])('are read from %j', (args, options) => {
    expect(parseOptions(args)).toEqual(options);
  });

  it.each([[['--fast']], [['three-hops']], [['--only']], [['--only', '--json']]])('refuse %j', (args) => {
    expect(() => parseOptions(args)).toThrow(TypeError);
  });
});
