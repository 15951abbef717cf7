import { createRecorder } from '../../src/report/recorder.ts';

const open = (): { recorder: ReturnType<typeof createRecorder>; clock: { now: number } } => {
  const clock = { now: 5_000 };
  return { clock, recorder: createRecorder(() => clock.now) };
};

describe('the recorder', () => {
  it('counts requests, their times and their errors in the step in which they end', () => {
    const { recorder, clock } = open();
    recorder.beginStep('one');
    for (let ms = 1; ms <= 100; ms++) recorder.witness.request(ms, undefined);
    clock.now += 2_500;
    recorder.beginStep('two');
    recorder.witness.request(7, '503 SESSION_UNAVAILABLE');
    recorder.witness.request(9, 'TIMEOUT');
    recorder.witness.request(8, 'TIMEOUT');
    clock.now += 1_000;
    recorder.beginStep('three');
    expect(recorder.steps()).toEqual([
      { name: 'one', seconds: 2.5, requests: 100, p50Ms: 50, p99Ms: 99, longestMs: 100, errors: 0, errorKinds: {} },
      {
        name: 'two',
        seconds: 1,
        requests: 3,
        p50Ms: 8,
        p99Ms: 9,
        longestMs: 9,
        errors: 3,
        errorKinds: { TIMEOUT: 2, '503 SESSION_UNAVAILABLE': 1 },
      },
      { name: 'three', seconds: 0, requests: 0, p50Ms: null, p99Ms: null, longestMs: null, errors: 0, errorKinds: {} },
    ]);
    expect(recorder.tally()).toMatchObject({ requests: 103, errors: { TIMEOUT: 2, '503 SESSION_UNAVAILABLE': 1 } });
  });

  it('counts what was lost by kind, and says when and what', () => {
    const { recorder, clock } = open();
    recorder.beginStep('one');
    clock.now += 1_500;
    const { witness } = recorder;
    witness.acknowledged();
    witness.lost({ kind: 'basket', lines: 2 }, 3);
    witness.lost({ kind: 'line', productId: '4', expected: [1, 2], shown: 0 }, 5);
    witness.lost({ kind: 'user', expected: ['a@example.com'], shown: null }, 6);
    witness.cameBack({ kind: 'logged-out', lines: 1, user: null }, 7);
    witness.cameBack({ kind: 'replaced-key', lines: 0, user: 'a@example.com' }, 8);
    expect(recorder.tally()).toEqual({
      requests: 0,
      acknowledged: 1,
      lostBaskets: 1,
      lostChanges: 2,
      resurrected: 2,
      errors: {},
    });
    expect(
      recorder.findings().map(({ step, second, shopper, what }) => `${step} ${second} ${shopper}: ${what}`),
    ).toEqual([
      'one 1.5 3: a basket of 2 lines was gone',
      'one 1.5 5: product 4: 0 shown, 1 or 2 acknowledged',
      'one 1.5 6: nobody shown as logged in, somebody expected',
      'one 1.5 7: a session that was logged out showed 1 lines, with nobody logged in',
      'one 1.5 8: a key that a login had replaced showed 0 lines, with somebody logged in',
    ]);
  });
});
