import { createLoginThrottle } from '../../src/shop/login-throttle.ts';

const MINUTE = 60_000;

function throttleAt(options: { failuresPerAccount?: number; failuresPerAddress?: number } = {}) {
  const clock = { ms: 1_000_000 };
  const throttle = createLoginThrottle({ windowMs: 15 * MINUTE, now: () => clock.ms, ...options });
  const fail = (times: number, address: string, account: string): number[] =>
    Array.from({ length: times }, () => throttle.attempt(address, account));
  return { clock, throttle, fail };
}

describe('the login throttle', () => {
  it('lets five failures through, then says how long to wait', () => {
    const { clock, throttle, fail } = throttleAt();
    expect(fail(5, '::1', 'ada')).toEqual([0, 0, 0, 0, 0]);
    clock.ms += 5 * MINUTE;
    expect(throttle.attempt('::1', 'ada')).toBe(10 * MINUTE);
  });

  it('forgets failures when their window is over, and does not prolong it', () => {
    const { clock, throttle, fail } = throttleAt();
    fail(5, '::1', 'ada');
    clock.ms += 14 * MINUTE;
    expect(throttle.attempt('::1', 'ada')).toBe(MINUTE);
    clock.ms += MINUTE;
    expect(throttle.attempt('::1', 'ada')).toBe(0);
  });

  it('does not lock a customer out because of failures from elsewhere', () => {
    const { throttle, fail } = throttleAt();
    fail(9, '203.0.113.9', 'ada');
    expect(throttle.attempt('198.51.100.1', 'ada')).toBe(0);
  });

  it('starts over after a login', () => {
    const { throttle, fail } = throttleAt();
    fail(4, '::1', 'ada');
    throttle.attempt('::1', 'ada');
    throttle.succeeded('::1', 'ada');
    expect(fail(5, '::1', 'ada')).toEqual([0, 0, 0, 0, 0]);
  });

  it('stops an address that tries one account after the other, and counts no logins against it', () => {
    const { throttle } = throttleAt({ failuresPerAddress: 3 });
    for (let times = 0; times < 10; times++) {
      expect(throttle.attempt('::1', 'ada')).toBe(0);
      throttle.succeeded('::1', 'ada');
    }
    for (const account of ['bob', 'cy', 'di']) expect(throttle.attempt('::1', account)).toBe(0);
    expect(throttle.attempt('::1', 'eve')).toBe(15 * MINUTE);
    expect(throttle.attempt('::2', 'eve')).toBe(0);
  });

  it('keeps a bounded number of tallies, and drops the oldest', () => {
    const { throttle, fail } = throttleAt();
    fail(5, '::1', 'ada');
    for (let guess = 0; guess < 6_000; guess++) throttle.attempt(`10.0.0.${guess}`, 'x');
    expect(throttle.attempt('::1', 'ada')).toBe(0);
    expect(fail(6, '10.0.0.5999', 'x').at(-1)).toBeGreaterThan(0);
  });
});
