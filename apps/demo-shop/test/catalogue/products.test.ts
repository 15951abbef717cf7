import { existsSync } from 'node:fs';
import path from 'node:path';
import { products } from '../../src/catalogue/products.ts';

const pictures = path.join(__dirname, '../../src/assets/products');

describe('the catalogue', () => {
  it('has at least sixteen products in four categories', () => {
    expect(products.length).toBeGreaterThanOrEqual(16);
    expect(new Set(products.map((product) => product.category)).size).toBe(4);
  });

  it('names each product once', () => {
    expect(new Set(products.map((product) => product.slug)).size).toBe(products.length);
    expect(new Set(products.map((product) => product.name)).size).toBe(products.length);
  });

  it.each(products)('shows $slug with a picture, an address and a price in whole cents', (product) => {
    expect(existsSync(path.join(pictures, product.picture))).toBe(true);
    expect(product.slug).toMatch(/^[a-z0-9-]{1,80}$/);
    expect(Number.isInteger(product.priceCents) && product.priceCents > 0).toBe(true);
  });
});
