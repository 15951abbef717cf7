import { prettyLine } from '../../src/telemetry/pretty-line.ts';

const at = { time: '2026-01-02T10:11:12.345Z', pid: 1 };
const time = new Date(at.time).toLocaleTimeString('en-GB');

describe('a line for people', () => {
  it('says of a request what it was and how it ended', () => {
    const entry = {
      ...at,
      level: 'error',
      requestId: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
      method: 'POST',
      path: '/basket/items',
      status: 503,
      ms: 12,
      isCut: false,
      msg: 'request',
    };
    expect(prettyLine(JSON.stringify(entry), false)).toBe(`${time} error POST /basket/items 503 12 ms (3f2504e0)\n`);
  });

  it('has everything else by its name', () => {
    const entry = { ...at, level: 'warn', status: 'wrong', causes: ['Error'], msg: 'a login was refused' };
    expect(prettyLine(JSON.stringify(entry), false)).toBe(
      `${time} warn  a login was refused status=wrong causes=["Error"]\n`,
    );
  });

  it('has colours where they can be seen', () => {
    expect(prettyLine(JSON.stringify({ ...at, level: 'warn', msg: 'so' }), true)).toContain('\u001B[33mso\u001B[39m');
  });

  it('is the line itself where that is no JSON', () => {
    expect(prettyLine('not JSON\n', false)).toBe('not JSON\n');
  });
});
