import { DatabaseError } from '@switchyard/databases';
import { SessionError, SqlFailure } from '@switchyard/session-backends';
import { FenceError } from '@switchyard/session-backends/fence';
import { MoveError } from '@switchyard/session-move';
import { explainFailure } from '../src/explain-failure.ts';

const away = new SqlFailure('unknown', new Error('Connection terminated'));

describe('what the command line says of a failure', () => {
  it.each([
    ['no such database [ALIAS_UNKNOWN]', new DatabaseError('ALIAS_UNKNOWN', 'no such database')],
    ['not now [NOT_NOW]', new MoveError('NOT_NOW', 'not now')],
    ['nobody can say [FENCE_UNKNOWN]', new FenceError('FENCE_UNKNOWN', 'nobody can say')],
    ['give the command again. [SERVER_UNREACHABLE]', away],
    ['[SERVER_UNREACHABLE]', new SqlFailure('unknown', { code: '57P01' })],
    ['Try again. [SESSION_UNAVAILABLE]', new SessionError('SESSION_UNAVAILABLE')],
    ['[SERVER_UNREACHABLE] [SESSION_UNAVAILABLE]', new SessionError('SESSION_UNAVAILABLE', away)],
    ['one is left. [SESSION_UNAVAILABLE]', new SessionError('SESSION_UNAVAILABLE', new Error('one is left'))],
  ])('%s', (words, error) => {
    expect(explainFailure(error)).toContain(words);
  });

  it('is nothing where the fault is ours', () => {
    for (const error of [new SqlFailure('none', { code: '42601' }), new TypeError('x'), 'thrown'])
      expect(explainFailure(error)).toBeUndefined();
  });
});
