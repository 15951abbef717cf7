import type { MainClient } from '@switchyard/databases';

/** The models of the shop, as a generated or a routed client has them. */
export type ShopModels = Pick<MainClient, 'product' | 'user' | 'order'>;

/** What the shop needs of a database client: the main database's own, or a routed client over several. */
export interface ShopDatabase extends ShopModels {
  /** All of it or nothing; rejects with what `work` rejects with. */
  $transaction<Result>(work: (transaction: ShopModels) => Promise<Result>): Promise<Result>;
}
