import { readFileSync } from 'node:fs';
import path from 'node:path';
import { categories } from '../../src/catalogue/categories.ts';
import { products } from '../../src/catalogue/products.ts';
import { tileClass } from '../../src/shop/product-tile.ts';

describe('the categories', () => {
  it('are those that products name, in the order of the catalogue', () => {
    expect(categories.map(({ name }) => name)).toEqual([...new Set(products.map(({ category }) => category))]);
  });

  it.each(categories)('$name has an address and a colour of its own', ({ name, slug }) => {
    expect(slug).toMatch(/^[a-z0-9-]{1,80}$/);
    const styles = readFileSync(path.join(__dirname, '../../src/assets/shop.css'), 'utf8');
    expect(styles).toContain(`.${tileClass(name)} {`);
  });
});
