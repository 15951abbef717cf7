import {
  bucketOf,
  bucketOfStored,
  drawSessionKey,
  drawSessionKeyInBucket,
  encodeKey,
  parseSessionKey,
} from '@switchyard/session-backends';

describe('a session key', () => {
  it('is 32 characters of [a-z0-9], each as likely as any other', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 5_000; i++) {
      const key = drawSessionKey();
      expect(key).toMatch(/^[a-z0-9]{32}$/);
      for (const character of key) counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = (5_000 * 32) / 36;
    expect(counts.size).toBe(36);
    // Six standard deviations: a fair draw fails this once in millions of runs.
    for (const count of counts.values()) expect(Math.abs(count - expected)).toBeLessThan(6 * Math.sqrt(expected));
  });

  it('can be drawn in any bucket, in about a millisecond', () => {
    const started = performance.now();
    for (let bucket = 0; bucket < 256; bucket += 5) {
      const key = drawSessionKeyInBucket(bucket);
      expect(bucketOf(key)).toBe(bucket);
      for (const encoding of ['sha256', 'plain'] as const)
        expect(bucketOfStored(encodeKey(key, encoding), encoding)).toBe(bucket);
    }
    expect((performance.now() - started) / 52).toBeLessThan(10);
  });

  it('is stored as its hash unless told otherwise', () => {
    const key = parseSessionKey('abcdefgh') as never;
    expect(encodeKey(key)).toBe('9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab');
    expect(encodeKey(key, 'plain')).toBe('abcdefgh');
  });

  it.each([undefined, null, 1, '', 'short12', 'abcdefg!', 'ABCDEFGH', 'a'.repeat(129), 'abcd efgh', 'abcdefgh\n'])(
    'is not %j',
    (value) => expect(parseSessionKey(value)).toBeUndefined(),
  );
});
