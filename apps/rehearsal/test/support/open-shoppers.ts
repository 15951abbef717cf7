import type { Loss } from '../../src/checker/judge.ts';
import { createHistory, type History } from '../../src/history/history.ts';
import { createRandom } from '../../src/random.ts';
import { createHttpClient } from '../../src/shopper/http-client.ts';
import { createShopper, type Shopper } from '../../src/shopper/shopper.ts';
import type { Comeback, Witness } from '../../src/shopper/witness.ts';
import type { SmallShop } from './small-shop.ts';

export interface Notes {
  requests: number;
  acknowledged: number;
  readonly errors: string[];
  readonly losses: Loss[];
  readonly comebacks: Comeback[];
}

export interface Shoppers {
  readonly shoppers: readonly Shopper[];
  readonly notes: Notes;
  readonly history: History;
  /** The clock of the shoppers, in milliseconds. */
  readonly clock: { now: number };
  close(): void;
}

export const AGE_MS = 10_000;

/** Shoppers at the small shop, whose clock stands still unless a test moves it. */
export function openShoppers(shop: SmallShop, { count = 4, seed = 1 } = {}): Shoppers {
  const notes: Notes = { requests: 0, acknowledged: 0, errors: [], losses: [], comebacks: [] };
  const clock = { now: 1_000 };
  const history = createHistory({ now: () => clock.now });
  const servers = shop.ports.map((port) => createHttpClient(port));
  const witness: Witness = {
    request: (_durationMs, error) => {
      notes.requests += 1;
      if (error !== undefined) notes.errors.push(error);
    },
    acknowledged: () => void (notes.acknowledged += 1),
    lost: (loss) => void notes.losses.push(loss),
    cameBack: (comeback) => void notes.comebacks.push(comeback),
  };
  const shoppers = Array.from({ length: count }, (_, index) =>
    createShopper({
      shopper: index,
      random: createRandom(seed, index),
      servers,
      productIds: Array.from({ length: 20 }, (_unused, number) => String(number + 1)),
      account: { email: `shopper-${index}@example.com`, password: 'a password' },
      ageMs: AGE_MS,
      witness,
      history,
      now: () => clock.now,
    }),
  );
  return { shoppers, notes, history, clock, close: () => servers.forEach((server) => server.close()) };
}

export async function actTimes(shoppers: readonly Shopper[], times: number): Promise<void> {
  for (let round = 0; round < times; round++) await Promise.all(shoppers.map((shopper) => shopper.act()));
}
