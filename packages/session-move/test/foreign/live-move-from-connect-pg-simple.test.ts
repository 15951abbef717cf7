import connectPgSimple from 'connect-pg-simple';
import session from 'express-session';
import { shopSessions } from '../../examples/coming-from-connect-pg-simple.ts';
import { createMoveController, type MoveController } from '../../src/move-controller.ts';
import { createMoveWorker, type MoveWorker } from '../../src/worker/move-worker.ts';
import { verifyMove } from '../../src/verify/verify-move.ts';
import { until } from '../support/until.ts';
import { openForeignSides, type ForeignSides } from './open-foreign-sides.ts';
import { openBaskets, type SessionServer } from './session-server.ts';
import { createShopper, startTraffic, type Traffic } from './shoppers.ts';

const SECRET = 'known to both kinds of process';
const SHOPPERS = 8;
const ALL = Array.from({ length: 256 }, (_, bucket) => bucket);

describe('examples/coming-from-connect-pg-simple.ts', () => {
  let sides: ForeignSides;
  let before: SessionServer;
  let after: SessionServer;
  let store: InstanceType<ReturnType<typeof connectPgSimple>>;
  let worker: MoveWorker;
  let working: Promise<void>;
  let traffic: Traffic;
  beforeAll(async () => {
    sides = await openForeignSides('connect-pg-simple');
    const PgStore = connectPgSimple(session);
    store = new PgStore({ pool: sides.libraryPool(), pruneSessionInterval: false, errorLog: () => undefined });
    const options = { secret: SECRET, resave: false, saveUninitialized: false, cookie: { maxAge: 3_600_000 } };
    before = await openBaskets(session({ store, ...options }));
    after = await openBaskets(shopSessions({ main: sides.databases.main, sessions: sides.databases.sessions }, SECRET));
    worker = createMoveWorker({ old: sides.old, new: sides.new, keyEncoding: 'plain', throttle: 'off' });
  });
  afterAll(async () => {
    await traffic?.stop();
    await worker?.close();
    await working;
    await Promise.all([before?.close(), after?.close()]);
    await store?.close();
    await sides?.close();
  });

  const settled = (controller: MoveController): Promise<void> =>
    until('no merge is left', async () => (await controller.settle(ALL)).length === 0);

  it('goes on serving the library’s visitors while they move, and loses nothing that was answered', async () => {
    traffic = startTraffic(SHOPPERS, [before]);
    await traffic.rounds(2);
    await sides.makeReady();
    const controller = createMoveController(sides);
    await controller.start();
    // Processes are replaced one after the other.
    traffic.goTo([before, after]);
    working = worker.run();
    await until('everything is filled', async () => worker.status().backfill?.covered === 256);
    await traffic.rounds(3);
    expect(await verifyMove(sides, { keyEncoding: 'plain' })).toMatchObject({ clean: true });

    traffic.goTo([after]);
    await traffic.rounds(2);
    await controller.switch('new', ALL.slice(0, 3));
    await traffic.rounds(3);
    await controller.switch('new');
    await traffic.rounds(3);
    await settled(controller);
    const late = createShopper();
    expect(await late.add(before, 'tea')).toBe(500);

    await controller.switch('old');
    await settled(controller);
    traffic.goTo([before, after]);
    await traffic.rounds(3);
    expect(await late.add(before, 'tea')).toBe(200);
    traffic.goTo([after]);
    await traffic.rounds(2);
    await controller.switch('new');
    await traffic.rounds(3);
    await settled(controller);

    expect(await traffic.stop()).toEqual([]);
    for (const shopper of [late, ...traffic.shoppers]) expect(await shopper.read(after)).toEqual(shopper.basket);
    await until('nothing is listed', async () => {
      const [row] = await sides.new.database.query('select count(*)::int as entries from session_outbox');
      return row?.['entries'] === 0;
    });
    expect(await verifyMove(sides, { keyEncoding: 'plain' })).toMatchObject({ clean: true });
    await controller.complete();
    for (const shopper of traffic.shoppers) expect(await shopper.read(after)).toEqual(shopper.basket);
  }, 120_000);
});
