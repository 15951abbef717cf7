import {
  addToBasket,
  countItems,
  isProductId,
  readBasket,
  removeFromBasket,
  setInBasket,
  takeFromBasket,
} from '../../src/shop/basket.ts';

const full = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [String(index + 1), 1]));

describe('the basket', () => {
  it('adds to a line and opens a new one, without touching the basket it was given', () => {
    const basket = Object.freeze({ '1': 2 });
    expect(addToBasket(basket, '1', 3)).toEqual({ '1': 5 });
    expect(addToBasket(basket, '2', 1)).toEqual({ '1': 2, '2': 1 });
  });

  it('sets a quantity, and removes the line at zero', () => {
    expect(setInBasket({ '1': 2 }, '1', 7)).toEqual({ '1': 7 });
    expect(setInBasket({ '1': 2, '2': 1 }, '1', 0)).toEqual({ '2': 1 });
    expect(removeFromBasket({ '1': 2 }, '9')).toEqual({ '1': 2 });
  });

  it('holds 99 of one product and 50 products', () => {
    expect(addToBasket({ '1': 98 }, '1', 1)).toEqual({ '1': 99 });
    expect(() => addToBasket({ '1': 98 }, '1', 2)).toThrow(expect.objectContaining({ code: 'LINE_FULL' }));
    expect(() => addToBasket(full, '51', 1)).toThrow(expect.objectContaining({ code: 'BASKET_FULL' }));
    expect(addToBasket(full, '50', 1)['50']).toBe(2);
  });

  it('loses what was ordered and keeps what another tab has added', () => {
    expect(takeFromBasket({ '1': 3, '2': 1, '3': 4 }, { '1': 2, '2': 1, '9': 5 })).toEqual({ '1': 1, '3': 4 });
    expect(takeFromBasket({ '1': 1 }, { '1': 2 })).toEqual({});
  });

  it('counts items, not lines', () => {
    expect(countItems({ '1': 2, '7': 3 })).toBe(5);
  });

  it.each([
    ['nothing', undefined, {}],
    ['null', null, {}],
    ['text', 'basket', {}],
    ['an array', [1, 2], { '1': 2 }],
    ['odd quantities', { '1': 0, '2': -1, '3': 1.5, '4': '2', '5': 100, '6': null, '7': 99 }, { '7': 99 }],
    ['odd ids', { '0': 1, x: 1, '01': 1, '4294967296': 1, '8': 1 }, { '8': 1 }],
  ])('reads %s as the lines that can be told from it', (_what, stored, expected) => {
    expect(readBasket(stored)).toEqual(expected);
  });

  it('is not led astray by a prototype', () => {
    const stored: unknown = JSON.parse('{"__proto__": {"3": 4}, "constructor": 1, "5": 1}');
    expect(readBasket(stored)).toEqual({ '5': 1 });
    expect(addToBasket({}, '5', 1)).toEqual({ '5': 1 });
  });
});

describe('isProductId', () => {
  it.each([
    ['1', true],
    ['2147483647', true],
    ['2147483648', false],
    ['0', false],
    ['-1', false],
    ['1.0', false],
    ['1e3', false],
    ['', false],
    [' 1', false],
  ])('says of "%s": %s', (text, expected) => {
    expect(isProductId(text)).toBe(expected);
  });
});
