import type { Sessions } from '@switchyard/session-backends';
import { shopSessions } from '../../examples/coming-from-django.ts';
import { createMoveController } from '../../src/move-controller.ts';
import { createMoveWorker, type MoveWorker } from '../../src/worker/move-worker.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import { until } from '../support/until.ts';
import { describeWithDjango, startDjango, type DjangoSessions } from './django-sessions.ts';
import { openForeignSides, type ForeignSides } from './open-foreign-sides.ts';

const SECRET = 'known to Django and to the shop';
const VISITORS = 6;
const ALL = Array.from({ length: 256 }, (_, bucket) => bucket);

type Basket = Record<string, number>;

describeWithDjango('examples/coming-from-django.ts', () => {
  let sides: ForeignSides;
  let django: readonly DjangoSessions[];
  let shop: Sessions;
  let worker: MoveWorker;
  let working: Promise<void>;
  beforeAll(async () => {
    sides = await openForeignSides('django');
    await sides.databases.main.query('drop table django_session');
    django = [1, 2].map(() => startDjango(sides.databases.urls.main, SECRET));
    await django[0]?.migrate();
    shop = shopSessions({ main: sides.databases.main, sessions: sides.databases.sessions }, [SECRET]);
    worker = createMoveWorker({ old: sides.old, new: sides.new, keyEncoding: 'plain', throttle: 'off' });
  });
  afterAll(async () => {
    await worker?.close();
    await working;
    await Promise.all(django.map((process) => process.stop()));
    await sides?.close();
  });

  /** Adds to a basket; resolves to the session's key, or throws what refused it. */
  const at = {
    django: async (key: string | undefined, product: string, i: number): Promise<string> => {
      const answer = await (django[i % django.length] as DjangoSessions).add(key, product);
      if (answer.error !== undefined) throw new Error(`${answer.error}: ${answer.why}`);
      return answer.key as string;
    },
    shop: async (key: string | undefined, product: string): Promise<string> => {
      const session = shop.open(key);
      await session.update((data) => {
        const basket = ((data as { basket?: Basket }).basket ??= {});
        basket[product] = (basket[product] ?? 0) + 1;
      });
      return session.sessionKey as string;
    },
  };
  const visitors = Array.from({ length: VISITORS }, () => ({
    key: undefined as string | undefined,
    basket: {} as Basket,
  }));
  const visit = async (places: readonly (keyof typeof at)[], rounds: number): Promise<void> => {
    await Promise.all(
      visitors.map(async (visitor, i) => {
        for (let round = 0; round < rounds; round++) {
          const product = `p${Math.floor(Math.random() * 4)}`;
          const place = places[Math.floor(Math.random() * places.length)] as keyof typeof at;
          visitor.key = await at[place](visitor.key, product, i);
          visitor.basket[product] = (visitor.basket[product] ?? 0) + 1;
        }
      }),
    );
  };
  const shown = (): Promise<unknown[]> => Promise.all(visitors.map(async ({ key }) => shop.open(key).get('basket')));
  const baskets = (): Basket[] => visitors.map(({ basket }) => basket);

  it('shares sessions with Django while they move, and loses nothing that was saved', async () => {
    const [first] = django as [DjangoSessions];
    await visit(['django'], 2);
    const gone = (await first.add(undefined, 'tea')).key as string;
    const { main } = sides.databases;
    await main.query(`insert into django_session values ('expired', 'e30', now() - interval '1 day')`);
    const expired = async (): Promise<number | null> =>
      (await main.query(`select from django_session where session_key = 'expired'`)).rowCount;
    await sides.makeReady();
    const controller = createMoveController(sides);
    await controller.start();
    working = worker.run();
    await visit(['django', 'shop'], 4);
    expect(await first.logout(gone)).toEqual({});
    await until('everything is filled', async () => worker.status().backfill?.covered === 256);
    await visit(['django', 'shop'], 4);
    expect(await shown()).toEqual(baskets());
    expect(await verifyMove(sides, { keyEncoding: 'plain' })).toMatchObject({ clean: true });

    const switching = controller.switch('new');
    await visit(['shop'], 4);
    await switching;
    await until('no merge is left', async () => (await controller.settle(ALL)).length === 0);
    const key = visitors[0]?.key as string;
    // Django takes any failure of a save for a session that is gone; what the database said is behind it.
    expect(await first.add(key, 'tea')).toEqual({
      error: 'UpdateError',
      why: 'this session is served by another database now: the sessions of "django_session" are being moved',
    });
    expect(await first.logout(key)).toMatchObject({ why: expect.stringContaining('are being moved') });
    // It clears of all buckets at once: what it may not touch stays, and the rest is done.
    expect([await first.clearExpired(), await expired()]).toEqual([{}, 1]);
    expect(await shop.open(gone).get('basket')).toBeUndefined();
    expect(await shown()).toEqual(baskets());

    await controller.switch('old');
    await until('no merge is left', async () => (await controller.settle(ALL)).length === 0);
    expect((await first.read(key)).basket).toEqual(visitors[0]?.basket);
    expect([await first.clearExpired(), await expired()]).toEqual([{}, 0]);
    await visit(['django', 'shop'], 4);
    await visit(['shop'], 1);
    await controller.switch('new');
    await until('no merge is left', async () => (await controller.settle(ALL)).length === 0);
    await visit(['shop'], 3);
    expect(await shown()).toEqual(baskets());
    await until('nothing is listed', async () => {
      const [row] = await sides.new.database.query('select count(*)::int as entries from session_outbox');
      return row?.['entries'] === 0;
    });
    expect(await verifyMove(sides, { keyEncoding: 'plain' })).toMatchObject({ clean: true });
    await controller.complete();
    expect(await shown()).toEqual(baskets());
  }, 120_000);
});
