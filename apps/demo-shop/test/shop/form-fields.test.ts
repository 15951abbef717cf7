import { productIdField, quantityField, textField } from '../../src/shop/form-fields.ts';

describe('textField', () => {
  it.each([
    ['text', { a: 'x' }, 'x'],
    ['a number', { a: 7 }, '7'],
    ['a repeated field', { a: ['x', 'y'] }, undefined],
    ['a nested one', { a: { b: 'x' } }, undefined],
    ['null', { a: null }, undefined],
    ['an absent one', { b: 'x' }, undefined],
    ['no body', undefined, undefined],
    ['what only a prototype has', Object.create({ a: 'x' }), undefined],
  ])('reads %s', (_what, body: unknown, expected) => {
    expect(textField(body, 'a')).toBe(expected);
  });

  it('refuses a NUL character', () => {
    expect(() => textField({ a: 'x\0' }, 'a')).toThrow(expect.objectContaining({ code: 'BODY_INVALID' }));
  });
});

describe('quantityField', () => {
  it.each([
    ['1', 1],
    ['99', 99],
    [5, 5],
  ])('reads %p', (quantity, expected) => {
    expect(quantityField({ quantity }, 1)).toBe(expected);
  });

  it.each([
    '0',
    '-1',
    '100',
    '1e2',
    '1.5',
    '0x1',
    ' 1',
    '',
    'many',
    '99999999999999999999',
    1.5,
    -1,
    NaN,
    ['1', '2'],
    null,
  ])('refuses %p', (quantity) => {
    expect(() => quantityField({ quantity }, 1, 1)).toThrow(expect.objectContaining({ code: 'QUANTITY_INVALID' }));
  });

  it('takes zero where zero means something', () => {
    expect(quantityField({ quantity: '0' }, 0)).toBe(0);
  });

  it('falls back only when the field is absent', () => {
    expect(quantityField({}, 1, 1)).toBe(1);
    expect(quantityField(undefined, 1, 1)).toBe(1);
    expect(() => quantityField({}, 0)).toThrow(expect.objectContaining({ code: 'QUANTITY_INVALID' }));
  });
});

describe('productIdField', () => {
  it.each([undefined, {}, { productId: 'teapot' }, { productId: '-4' }, { productId: ['1', '2'] }])(
    'knows no product in %p',
    (body) => {
      expect(() => productIdField(body)).toThrow(expect.objectContaining({ code: 'PRODUCT_UNKNOWN' }));
    },
  );
});
