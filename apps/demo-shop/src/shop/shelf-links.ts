import { categories } from '../catalogue/categories.ts';
import { tileClass } from './product-tile.ts';

/** A category as the head of every page links to it. */
export interface ShelfLink {
  readonly name: string;
  readonly href: string;
  readonly tile: string;
  /** Whether the page that is shown is this one. */
  readonly isCurrent: boolean;
}

export const shelfHref = (slug: string): string => `/categories/${slug}`;

/** Every category; `path` is that of the page that is shown. */
export const shelfLinks = (path: string): ShelfLink[] =>
  categories.map(({ name, slug }) => ({
    name,
    href: shelfHref(slug),
    tile: tileClass(name),
    isCurrent: path === shelfHref(slug),
  }));
