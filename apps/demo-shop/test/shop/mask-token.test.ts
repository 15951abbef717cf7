import fc from 'fast-check';
import { maskToken, unmaskToken } from '../../src/shop/mask-token.ts';

const token = `${'0123456789abcdef'.repeat(4)}.${'fedcba9876543210'.repeat(4)}`;

describe('a masked token', () => {
  it('is the token again without its mask, and never looks the same', () => {
    const masked = Array.from({ length: 20 }, () => maskToken(token));
    expect(new Set(masked).size).toBe(20);
    expect(new Set(masked.map(unmaskToken))).toEqual(new Set([token]));
    for (const text of masked) expect(text).toMatch(/^[\w-]+$/);
  });

  it.each(['', 'x', token, `${token}=`, undefined])('is not %p', (text) => {
    expect(unmaskToken(text)).toBeUndefined();
  });

  it('is made of a token only', () => {
    expect(() => maskToken('0'.repeat(129))).toThrow(TypeError);
  });

  it('of whatever letters is a token or nothing, without a fault', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(unmaskToken(text) ?? token).toMatch(/^[0-9a-f]{64}\.[0-9a-f]{64}$/);
      }),
    );
  });
});
