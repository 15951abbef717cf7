import { drawSessionKey, encodeKey } from '@switchyard/session-backends';
import { redactSecrets } from '../../src/telemetry/redact-secrets.ts';

const key = drawSessionKey();
const stored = encodeKey(key);
const line = (entry: object): string => JSON.stringify(entry);

describe('a line of the log keeps to itself', () => {
  it.each([
    ['a cookie header', { req: { headers: { cookie: 'theme=dark; other=secret-value' } } }, 'secret-value'],
    ['a cookie header in other letters', { headers: { Cookie: 'a=secret-value' } }, 'secret-value'],
    ['a header with quotes in it', { headers: { cookie: 'a="secret-value"; b=\\' } }, 'secret-value'],
    [
      'the cookies of an answer',
      { res: { headers: { 'set-cookie': ['a=1', 'b=secret-value; Path=/'] } } },
      'secret-value',
    ],
    ['an authorization header', { headers: { authorization: 'Basic c2VjcmV0' } }, 'c2VjcmV0'],
    ['a bearer token in a text', { msg: 'refused: Bearer abc-def.ghi' }, 'abc-def.ghi'],
    ['the cookie of the shop in a text', { msg: 'sent shop.sid=v1.sealed/data; Path=/' }, 'sealed'],
    ['a session key in an address', { path: `/basket/${key}?again=${key}` }, key],
    ['a session key in an error', { err: { message: `no row for ${key}`, stack: `Error: ${key}\n at x` } }, key],
    ['a session key in JSON in a text', { body: line({ sid: key }) }, key],
    ['a session key as the database has it', { msg: `Key (session_key)=(${stored}) already exists` }, stored],
  ])('%s', (_name, entry, secret) => {
    expect(redactSecrets(line(entry))).not.toContain(secret);
  });

  it('and stays JSON', () => {
    const entry = { headers: { cookie: 'a="b"', 'set-cookie': ['a=1', 'b="2"'] }, msg: `key ${key}`, level: 'info' };
    expect(JSON.parse(redactSecrets(line(entry)))).toEqual({
      headers: { cookie: '[redacted]', 'set-cookie': '[redacted]' },
      msg: 'key [session key]',
      level: 'info',
    });
  });
});

it('what only looks like a secret is left in a line', () => {
  const entry = {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    requestId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
    path: '/product/heron-teapot',
    cookies: 2,
    isAuthorized: true,
  };
  expect(redactSecrets(line(entry))).toBe(line(entry));
});
