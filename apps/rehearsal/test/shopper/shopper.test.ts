import { checkHistory, type HistoryReport } from '../../src/history/check-history.ts';
import { leastAgeMs } from '../../src/shopper/visit.ts';
import { actTimes, AGE_MS, openShoppers, type Notes, type Shoppers } from '../support/open-shoppers.ts';
import { openSmallShop, type PlantedFault, type SmallShop } from '../support/small-shop.ts';

let shop: SmallShop;
let open: Shoppers;

beforeEach(async () => {
  shop = await openSmallShop();
  open = openShoppers(shop);
});

afterEach(async () => {
  open.close();
  await shop.close();
});

const lossesOf = (notes: Notes, kind: string): number => notes.losses.filter((loss) => loss.kind === kind).length;

const histories = (): HistoryReport => checkHistory(open.history, { ageMs: leastAgeMs(AGE_MS), since: 0 });

const every = (number: number): (() => boolean) => {
  let count = 0;
  return () => ++count % number === 0;
};

describe('shoppers at a shop that works', () => {
  it('find nothing lost, and everything that was acknowledged', async () => {
    await actTimes(open.shoppers, 100);
    for (const shopper of open.shoppers) await shopper.lookEverywhere();
    expect(open.notes.losses).toEqual([]);
    expect(open.notes.comebacks).toEqual([]);
    expect(open.notes.errors).toEqual([]);
    expect(open.notes.requests).toBeGreaterThan(500);
    expect(open.notes.acknowledged).toBeGreaterThan(200);
    expect(histories()).toMatchObject({ nonLinearizable: 0, undecided: 0, stories: [] });
    expect(histories().history.operations).toBe(open.notes.requests);
  });

  it('do several things at once with one session, through several processes', async () => {
    await actTimes(open.shoppers, 100);
    const operations = open.history.operations();
    const atOnce = operations.flatMap((one) =>
      operations
        .filter(({ from, key, shopper }) => key === one.key && shopper === one.shopper && from > one.from)
        .filter(({ from, process }) => from < (one.to ?? Infinity) && process !== one.process)
        .map(({ call }) => [one.call.kind, call.kind].toSorted().join(' and ')),
    );
    expect(atOnce.length / operations.length).toBeGreaterThan(0.1);
    const pairs = [
      'add and add',
      'add and set',
      'add and look',
      'add and logout',
      'add and login',
      'checkout and checkout',
    ];
    expect(pairs.filter((pair) => !atOnce.includes(pair))).toEqual([]);
  });

  it('find nothing lost when changes that were answered with 500 were done', async () => {
    shop.fault = { breaksAfter: every(9) };
    await actTimes(open.shoppers, 100);
    expect(open.notes.losses).toEqual([]);
    expect(open.notes.comebacks).toEqual([]);
    expect(new Set(open.notes.errors)).toEqual(new Set(['500 INTERNAL']));
    expect(histories()).toMatchObject({ nonLinearizable: 0, undecided: 0 });
    expect(histories().history.unknown).toBeGreaterThan(20);
  });

  it('find nothing lost when changes that were answered with 500 were not done', async () => {
    shop.fault = { breaksBefore: every(9) };
    await actTimes(open.shoppers, 100);
    expect(open.notes.losses).toEqual([]);
    expect(open.notes.comebacks).toEqual([]);
    expect(histories()).toMatchObject({ nonLinearizable: 0, undecided: 0 });
  });

  it('hold it against nobody that a session expires whose age has passed', async () => {
    await actTimes(open.shoppers, 20);
    open.clock.now += 10_001;
    shop.expireAll();
    await actTimes(open.shoppers, 20);
    expect(open.notes.losses).toEqual([]);
    expect(histories()).toMatchObject({ nonLinearizable: 0, undecided: 0 });
  });

  it('find a session lost that expires before its age has passed', async () => {
    await actTimes(open.shoppers, 20);
    for (const shopper of open.shoppers) await shopper.lookEverywhere();
    open.clock.now += 9_000;
    shop.expireAll();
    await actTimes(open.shoppers, 20);
    expect(open.notes.losses.length).toBeGreaterThan(0);
    expect(histories().nonLinearizable).toBeGreaterThan(0);
  });

  it('count a session that was lost once, however many lines it had', async () => {
    await actTimes(open.shoppers, 20);
    for (const shopper of open.shoppers) await shopper.lookEverywhere();
    const full = [...shop.sessions.values()].filter(({ basket }) => Object.keys(basket).length > 0).length;
    expect(full).toBeGreaterThan(1);
    shop.expireAll();
    await actTimes(open.shoppers, 20);
    expect(lossesOf(open.notes, 'basket')).toBeLessThanOrEqual(open.shoppers.length);
    expect(lossesOf(open.notes, 'basket')).toBeGreaterThan(1);
    expect(lossesOf(open.notes, 'line')).toBe(0);
  });
});

describe('shoppers at a shop with a fault', () => {
  const found: readonly (readonly [string, PlantedFault, (notes: Notes) => number])[] = [
    ['an addition that is not kept', { dropsAddition: every(10) }, (notes) => lossesOf(notes, 'line')],
    ['the line of the other tab overwritten', { overwrites: true }, (notes) => lossesOf(notes, 'line')],
    ['a removal that is not done', { ignoresRemoval: true }, (notes) => lossesOf(notes, 'line')],
    ['what was ordered in the basket again', { keepsOrdered: true }, (notes) => lossesOf(notes, 'line')],
    ['a process that shows an older basket', { frozenReads: true }, (notes) => lossesOf(notes, 'line')],
    ['baskets that vanish', { forgets: every(20) }, (notes) => lossesOf(notes, 'basket')],
    ['a login that is forgotten', { forgetsUser: true }, (notes) => lossesOf(notes, 'user')],
    [
      'a logged-out session that a save brings back',
      { revives: true },
      ({ comebacks }) => comebacks.filter(({ kind }) => kind === 'logged-out').length,
    ],
    [
      'a key that lives on after a login has replaced it',
      { keepsOldKey: true },
      ({ comebacks }) => comebacks.filter(({ kind }) => kind === 'replaced-key').length,
    ],
  ];

  it.each(found)('find %s', async (_what, fault, count) => {
    await actTimes(open.shoppers, 20);
    expect(count(open.notes)).toBe(0);
    expect(histories().nonLinearizable).toBe(0);
    shop.fault = fault;
    await actTimes(open.shoppers, 100);
    for (const shopper of open.shoppers) await shopper.lookEverywhere();
    expect(count(open.notes)).toBeGreaterThan(0);
    expect(histories().nonLinearizable).toBeGreaterThan(0);
  });
});

describe('the pauses of a shopper', () => {
  const pauses = (meanMs: number): number[] =>
    open.shoppers.flatMap((shopper) => Array.from({ length: 2_000 }, () => shopper.pauseMs(meanMs)));

  it.each([100, 1_000, 5_000])('are %i ms on average', (meanMs) => {
    const all = pauses(meanMs).filter((ms) => ms < 11_000 || ms > 15_000 || meanMs > 1_000);
    const mean = all.reduce((sum, ms) => sum + ms, 0) / all.length;
    expect(Math.abs(mean / meanMs - 1)).toBeLessThan(0.15);
  });

  it('come as many short ones, a few long ones, and some that are longer than a session lives', () => {
    const all = pauses(1_000);
    const count = (least: number, most: number): number => all.filter((ms) => ms >= least && ms <= most).length;
    expect(count(0, 700) / all.length).toBeGreaterThan(0.7);
    expect(count(1_000, 6_000) / all.length).toBeGreaterThan(0.15);
    expect(count(11_000, 15_000)).toBeGreaterThan(20);
  });
});
