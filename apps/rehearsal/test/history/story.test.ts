import { linearize } from '../../src/checker/linearize.ts';
import { sessionsOf } from '../../src/history/sessions-of.ts';
import { storyOf, type SessionStory } from '../../src/history/story.ts';
import { add, basket, login, look, tell, type Told } from '../support/tell.ts';

function tellStory(...told: readonly Told[]): SessionStory {
  const [session] = sessionsOf(tell(...told).operations());
  if (session === undefined) throw new Error('no session');
  const verdict = linearize(session.events, { ageMs: 1e6 });
  if (verdict.kind === 'linearizable') throw new Error('nothing to tell');
  return storyOf({ session, number: 4, verdict, since: 1_000 });
}

const lostUpdate: readonly Told[] = [
  { from: 1, to: 2, call: add('1', 2), gives: 'secret-a', shown: basket({ 1: 2 }) },
  { from: 3, to: 4.0625, call: login, cookie: 'secret-a', gives: 'secret-b', process: 2 },
  { from: 5, to: 6, call: add('10', 1), cookie: 'secret-b', outcome: 'unknown', error: 'TIMEOUT' },
  { from: 7, call: add('2', 1), cookie: 'secret-b' },
  { from: 8, to: 9, call: look, cookie: 'secret-b', shown: basket({ 10: 1 }, 'robin@example.com'), process: 3 },
  { from: 10, to: 11, call: look, cookie: 'secret-b', shown: basket({ 10: 1 }, 'robin@example.com') },
];

describe('the story of a session', () => {
  it('has everything until the one that cannot be placed, in seconds, and what was possible before', () => {
    const { operations, ...rest } = tellStory(...lostUpdate);
    expect(rest).toEqual({
      session: 4,
      shopper: 0,
      verdict: 'not linearizable',
      keys: 'a → b',
      earlier: 0,
      possible: ['key b: [2 of 1] logged in'],
    });
    expect(
      operations.map(({ from, to, process, key, what, outcome, saw, cannotBePlaced }) =>
        [`${from}–${to}`, process, key, what, outcome, saw, cannotBePlaced].join(' | '),
      ),
    ).toEqual([
      '0–1 | 1 | none | add 2 of 1 | ok | [2 of 1], the key a | false',
      '2–3.063 | 2 | a | log in | ok | the key b | false',
      '4–5 | 1 | b | add 1 of 10 | unknown | TIMEOUT | false',
      '6–null | 1 | b | add 1 of 2 | unknown |  | false',
      '7–8 | 3 | b | look | ok | [1 of 10] logged in | true',
    ]);
  });

  it('has no cookie and no name in it', () => {
    const text = JSON.stringify(tellStory(...lostUpdate));
    expect(text).not.toContain('secret');
    expect(text).not.toContain('robin');
  });

  it('is short: of a long one it has the end, and how much was before', () => {
    const looks = Array.from({ length: 40 }, (_, index) => ({
      from: 20 + index,
      to: 20.5 + index,
      call: look,
      cookie: 'secret-a',
      shown: basket({ 1: 2 }),
    }));
    const wrong = { from: 70, to: 71, call: look, cookie: 'secret-a', shown: basket({ 1: 1 }) };
    const { operations, earlier } = tellStory(lostUpdate[0] as Told, ...looks, wrong);
    expect([operations.length, earlier]).toEqual([16, 26]);
    expect(operations.at(-1)?.cannotBePlaced).toBe(true);
  });
});
