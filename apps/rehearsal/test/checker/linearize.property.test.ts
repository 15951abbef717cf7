import fc from 'fast-check';
import type { Act, Event } from '../../src/checker/basket-object.ts';
import { linearize } from '../../src/checker/linearize.ts';
import { sessionsOf } from '../../src/history/sessions-of.ts';
import { createRandom, type Random } from '../../src/random.ts';
import { playAtomicShop } from '../support/atomic-shop.ts';
import { hasOrder } from '../support/brute-force.ts';

const seed = fc.integer({ min: 0, max: 2 ** 31 });

const isAccepted = (events: readonly Event[], ageMs: number): boolean =>
  linearize(events, { ageMs }).kind === 'linearizable';

describe('a shop that does one thing after the other', () => {
  const plays = [
    ['one tab', { tabs: 1, lost: 0, refused: 0, ageMs: 1e6, pauseMs: 5 }],
    ['three tabs', { tabs: 3, lost: 0, refused: 0.05, ageMs: 1e6, pauseMs: 5 }],
    ['three tabs, answers lost', { tabs: 3, lost: 0.15, refused: 0.05, ageMs: 1e6, pauseMs: 5 }],
    ['sessions that expire', { tabs: 2, lost: 0.05, refused: 0, ageMs: 60, pauseMs: 80 }],
  ] as const;

  it.each(plays)('is never found to do anything else: %s', (_what, play) => {
    fc.assert(
      fc.property(seed, (drawn) => {
        const history = playAtomicShop({ ...play, random: createRandom(drawn), requests: 60 });
        // With many answers lost at once it may have to give up; it must not accuse.
        const allowed = play.lost > 0.1 ? ['linearizable', 'undecided'] : ['linearizable'];
        for (const { events } of sessionsOf(history.operations()))
          expect(allowed).toContain(linearize(events, { ageMs: play.ageMs }).kind);
      }),
      { numRuns: 150 },
    );
  });
});

describe('the checker', () => {
  const AGE_MS = 40;
  /** Of more, every order takes too long to try. */
  const MOST_EVENTS = 6;

  /** A piece of a real history, as far as it is short enough to try everything. */
  const drawReal = (random: Random): Event[] => {
    const history = playAtomicShop({
      random,
      requests: 4 + random.index(8),
      tabs: 1 + random.index(3),
      lost: 0.25,
      refused: 0,
      ageMs: AGE_MS,
      pauseMs: random.chance(0.3) ? 60 : 5,
    });
    const sessions = sessionsOf(history.operations()).filter(
      ({ events }) => events.length > 1 && events.length <= MOST_EVENTS,
    );
    return sessions.length === 0 ? [] : [...random.pick(sessions).events];
  };

  const drawAct = (random: Random): Act => {
    const key = 1 + random.index(2);
    const productId = random.pick(['1', '2']);
    const quantity = 1 + random.index(2);
    const lines = new Map(['1', '2'].map((id) => [id, random.index(3)] as const).filter(([, number]) => number > 0));
    const shown = random.chance(0.6) ? { lines, user: random.chance(0.2) ? 'a' : null } : undefined;
    return random.pick<Act>([
      { kind: 'see', key, shown },
      { kind: 'gone', key },
      { kind: 'create', key: 1, change: { kind: 'add', productId, quantity }, shown: undefined },
      { kind: 'change', key, change: { kind: 'add', productId, quantity }, shown },
      { kind: 'change', key, change: { kind: 'set', productId, quantity: quantity - 1 }, shown },
      { kind: 'login', key: 1, newKey: random.chance(0.8) ? 2 : undefined, user: 'a' },
      { kind: 'logout', key },
      {
        kind: 'form',
        key,
        answer: [undefined, 'ordered' as const, 'nothing to order' as const, { form: 'f' }][random.index(4)],
      },
      { kind: 'order', key, form: 'f' },
      { kind: 'close', key, form: 'f' },
    ]);
  };

  const drawTime = (random: Random): Pick<Event, 'from' | 'to'> => {
    const from = random.index(50);
    return { from, to: random.chance(0.25) ? undefined : from + random.index(25) };
  };

  const drawAny = (random: Random): Event[] => [
    {
      acts: [{ kind: 'create', key: 1, change: { kind: 'add', productId: '1', quantity: 1 }, shown: undefined }],
      from: 0,
      to: 5,
    },
    ...Array.from({ length: 2 + random.index(4) }, () => ({
      acts: random.chance(0.2) ? [drawAct(random), drawAct(random)] : [drawAct(random)],
      ...drawTime(random),
    })),
  ];

  /** One thing that a shop with a fault might do, or a checker might overlook. */
  const spoil = (random: Random, events: readonly Event[]): Event[] => {
    const index = random.index(events.length);
    const spoilt = (event: Event): readonly Event[] => {
      switch (random.index(5)) {
        case 0:
          return [];
        case 1:
          return [{ ...event, ...drawTime(random) }];
        case 2:
          return [{ ...event, to: event.to === undefined ? event.from + 10 : undefined }];
        case 3:
          return [{ ...event, acts: event.acts.map((act) => withOtherLines(random, act)) }];
        default:
          return [event, { ...event, from: event.from + 1, to: event.to === undefined ? undefined : event.to + 1 }];
      }
    };
    return events.flatMap((event, at) => (at === index ? spoilt(event) : [event]));
  };

  const withOtherLines = (random: Random, act: Act): Act => {
    if (!('shown' in act) || act.shown === undefined) return drawAct(random);
    const lines = new Map(act.shown.lines);
    const productId = random.pick(['1', '2', '3']);
    if (lines.has(productId) && random.chance(0.5)) lines.delete(productId);
    else lines.set(productId, (lines.get(productId) ?? 0) + 1);
    return { ...act, shown: { ...act.shown, lines } };
  };

  it.each([
    ['anything', (random: Random) => drawAny(random)],
    ['a history of a shop', (random: Random) => drawReal(random)],
    [
      'a history of a shop, spoilt',
      (random: Random) => {
        const events = drawReal(random);
        return events.length === 0 ? [] : spoil(random, events);
      },
    ],
  ] as const)('finds what trying every order finds: %s', (what, drawEvents) => {
    const counts = { accepted: 0, rejected: 0 };
    fc.assert(
      fc.property(seed, (drawn) => {
        const events = drawEvents(createRandom(drawn));
        const verdict = hasOrder(events, AGE_MS);
        counts[verdict ? 'accepted' : 'rejected'] += 1;
        expect(isAccepted(events, AGE_MS)).toBe(verdict);
      }),
      { numRuns: 3_000 },
    );
    // Neither is so rare that nothing would have been compared.
    expect(counts.accepted).toBeGreaterThan(200);
    if (what !== 'a history of a shop') expect(counts.rejected).toBeGreaterThan(200);
    else expect(counts.rejected).toBe(0);
  });
});
