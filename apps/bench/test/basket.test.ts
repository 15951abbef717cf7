import { basketOf, nthKey, revise } from '../src/basket.ts';
import { parseSessionKey } from '@switchyard/session-backends';

describe('what the sessions hold', () => {
  it.each([876, 1_024, 10_240, 51_200, 102_400])('is %d bytes of JSON, whichever revision', (bytes) => {
    const basket = basketOf(bytes);
    expect(Buffer.byteLength(JSON.stringify(basket))).toBe(bytes);
    const { revision } = basket;
    expect(Buffer.byteLength(JSON.stringify(revise(basket)))).toBe(bytes);
    expect(basket.revision).not.toBe(revision);
  });

  it('is found by keys that every store takes', () => {
    expect(parseSessionKey(nthKey(7))).toBe(nthKey(7));
    expect(nthKey(7)).not.toBe(nthKey(8));
  });
});
