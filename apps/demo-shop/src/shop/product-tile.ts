import type { Assets } from './assets.ts';
import { formatMoney } from './format-money.ts';

export interface StoredProduct {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly category: string;
  readonly priceCents: number;
  readonly picture: string;
}

/** What a tile needs of the database. */
export const tileSelection = {
  id: true,
  slug: true,
  name: true,
  category: true,
  priceCents: true,
  picture: true,
} as const;

/** A product as pages show it: the price in words, the picture as an address, the tile as a class. */
export interface ProductTile {
  readonly id: string;
  readonly slug: string;
  readonly name: string;
  readonly price: string;
  readonly picture: string;
  readonly tile: string;
}

export function productTile(product: StoredProduct, assets: Assets): ProductTile {
  return {
    id: String(product.id),
    slug: product.slug,
    name: product.name,
    price: formatMoney(product.priceCents),
    picture: assets.href(`products/${product.picture}`),
    tile: tileClass(product.category),
  };
}

/** The colour of a category's tiles; one that the style sheet does not know gets the neutral one. */
export const tileClass = (category: string): string => `tile-${anchorOf(category)}`;

export const anchorOf = (category: string): string => category.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
