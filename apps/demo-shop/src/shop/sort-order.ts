/** How a category can be looked through, by the word in its address; the first is the default. */
const ORDERS = {
  featured: { label: 'Our order', orderBy: [{ id: 'asc' }] },
  cheapest: { label: 'Lowest price', orderBy: [{ priceCents: 'asc' }, { id: 'asc' }] },
  dearest: { label: 'Highest price', orderBy: [{ priceCents: 'desc' }, { id: 'asc' }] },
} as const;

export type SortOrder = keyof typeof ORDERS;

export const sortOrderOf = (typed: unknown): SortOrder =>
  typed === 'cheapest' || typed === 'dearest' ? typed : 'featured';

export const orderByOf = (order: SortOrder) => [...ORDERS[order].orderBy];

export interface SortLink {
  readonly label: string;
  readonly href: string;
  readonly isCurrent: boolean;
}

/** The ways to sort the page at `path`. */
export const sortLinks = (path: string, current: SortOrder): SortLink[] =>
  (Object.keys(ORDERS) as SortOrder[]).map((order) => ({
    label: ORDERS[order].label,
    href: order === 'featured' ? path : `${path}?sort=${order}`,
    isCurrent: order === current,
  }));
