export interface Category {
  /** As products name it. */
  readonly name: string;
  /** Names the category in its address; never changes. */
  readonly slug: string;
  readonly motto: string;
  readonly description: string;
}

/** The shelves of the shop, in the order in which every page lists them. */
export const categories: readonly Category[] = [
  {
    name: 'Brew',
    slug: 'brew',
    motto: 'Put the water on.',
    description: 'Kettles, pots and cups, and something to put into them.',
  },
  {
    name: 'Write',
    slug: 'write',
    motto: 'By hand, for once.',
    description: 'Pens, ink and paper for letters, lists and second thoughts.',
  },
  {
    name: 'Grow',
    slug: 'grow',
    motto: 'A little every day.',
    description: 'For window sills and flower beds: green things, and what they need.',
  },
  {
    name: 'Glow',
    slug: 'glow',
    motto: 'When the evening comes.',
    description: 'Lamps, lanterns and candles for the last hours of the day.',
  },
];
