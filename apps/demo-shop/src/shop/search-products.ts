import { tileSelection, type StoredProduct } from './product-tile.ts';
import type { ShopDatabase } from './shop-database.ts';

/** What a page of results shows at most. */
export const MOST_RESULTS = 48;

/**
 * The products that have each of these words in their name, category or description, however it is written: those with
 * the words in their name first, then as in the catalogue. One statement; none without words.
 */
export async function searchProducts(
  db: Pick<ShopDatabase, 'product'>,
  words: readonly string[],
): Promise<StoredProduct[]> {
  if (words.length === 0) return [];
  const found = await db.product.findMany({
    where: { AND: words.map((word) => ({ OR: FIELDS.map((field) => ({ [field]: has(word) })) })) },
    select: tileSelection,
    orderBy: { id: 'asc' },
    take: MOST_RESULTS,
  });
  const isNamed = ({ name }: StoredProduct): boolean =>
    words.every((word) => name.toLowerCase().includes(word.toLowerCase()));
  return [...found.filter(isNamed), ...found.filter((product) => !isNamed(product))];
}

const FIELDS = ['name', 'category', 'description'] as const;

/** Prisma hands the text to LIKE as it is: what has a meaning there is marked as a letter like any other. */
const has = (word: string) => ({ contains: word.replaceAll(/[\\%_]/g, String.raw`\$&`), mode: 'insensitive' as const });
