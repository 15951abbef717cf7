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
    ['[SERVER_UNREACHABLE]', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['[SERVER_UNREACHABLE]', new Error('Client has encountered a connection error and is not queryable')],
    ['[SERVER_UNREACHABLE]', new AggregateError([Object.assign(new Error(''), { code: 'ETIMEDOUT' })])],
    ['[SERVER_UNREACHABLE]', Object.assign(new Error('too many clients'), { code: '53300' })],
    ['switchyard migrate', Object.assign(new Error('relation "x" does not exist'), { code: '42P01' })],
    ['[LOGIN_REFUSED]', Object.assign(new Error('permission denied'), { code: '42501' })],
    ['one is left. [SESSION_UNAVAILABLE]', new SessionError('SESSION_UNAVAILABLE', new Error('one is left'))],
  ])('%s', (words, error) => {
    expect(explainFailure(error)).toContain(words);
  });

  it('is nothing where the fault is ours', () => {
    for (const error of [
      new SqlFailure('none', { code: '42601' }),
      new TypeError('x'),
      'thrown',
      Object.assign(new Error(), { code: '42601' }),
    ])
      expect(explainFailure(error)).toBeUndefined();
  });
});
