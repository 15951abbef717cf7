import { describeError } from '../../src/shop/describe-error.ts';

const coded = (code: string, cause?: unknown): Error =>
  Object.assign(new TypeError('secret words', { cause }), { code });

describe('describeError', () => {
  it('says what kind of error it was and where, and nothing of its message', () => {
    const description = describeError(coded('E1', coded('E2', new RangeError('more secret words'))));
    expect(description).toEqual({
      name: 'TypeError',
      code: 'E1',
      at: expect.stringMatching(/describe-error\.test\.ts:\d+:\d+\)?$/),
      causes: ['TypeError E2', 'RangeError'],
    });
    expect(JSON.stringify(description)).not.toContain('secret');
  });

  it('tells a connection that was lost, for which the driver has no code', () => {
    const cause = new Error('Connection terminated unexpectedly');
    expect(describeError(new Error('a', { cause })).causes).toEqual(['Error (connection lost)']);
  });

  it('skips a message that looks like a stack', () => {
    const error = new Error('broken\n    at secret words');
    expect(JSON.stringify(describeError(error))).not.toContain('secret');
  });

  it('survives causes that go round in circles, and what is no error', () => {
    const error = new Error('a');
    error.cause = error;
    expect(describeError(error).causes).toHaveLength(5);
    expect(describeError('secret words')).toEqual({ name: 'string', code: undefined, at: undefined, causes: [] });
  });
});
