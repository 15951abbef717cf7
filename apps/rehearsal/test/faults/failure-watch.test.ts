import { createFailureWatch, type Excuse } from '../../src/faults/failure-watch.ts';
import type { Served } from '../../src/stage/balance.ts';

const failed = (change: Partial<Served> = {}): Served => ({
  process: 1,
  request: { method: 'GET', path: '/basket' },
  sentAt: 100,
  receivedAt: 200,
  response: {
    status: 503,
    json: { error: { code: 'SESSION_UNAVAILABLE' } },
    location: undefined,
    setCookies: [],
    port: 1,
  },
  ...change,
});

const excuse = (change: Partial<Excuse> = {}): Excuse => ({ from: 150, to: 160, process: undefined, ...change });

const unexplained = (served: Served, ...excuses: Excuse[]): string[] => {
  const watch = createFailureWatch();
  watch.note(served);
  return watch.unexplained(excuses).map(({ what }) => what);
};

describe('a request that failed', () => {
  it('is found, with what it was answered', () => {
    expect(unexplained(failed())).toEqual([
      'GET /basket at process 2 failed without a reason: 503 SESSION_UNAVAILABLE, after 100 ms',
    ]);
    const lost = { status: undefined, reason: 'ECONNRESET', wasSent: true, port: 1 } as const;
    expect(unexplained(failed({ response: lost }))[0]).toContain('ECONNRESET');
  });

  it.each([
    ['that lasted while it was under way', excuse(), true],
    ['that ended when it was sent', excuse({ from: 0, to: 100 }), true],
    ['that was over before', excuse({ from: 0, to: 99 }), false],
    ['that came later', excuse({ from: 201, to: 300 }), false],
    ['of its process', excuse({ process: 1 }), true],
    ['of another process', excuse({ process: 0 }), false],
  ])('with a fault %s: explained %j', (_what, given, isExplained) => {
    expect(unexplained(failed(), given)).toHaveLength(isExplained ? 0 : 1);
  });

  it.each([200, 303, 400, 409])('is none with the status %i', (status) => {
    expect(
      unexplained(failed({ response: { status, json: {}, location: undefined, setCookies: [], port: 1 } })),
    ).toEqual([]);
  });
});
