import { createTurns } from '../../src/shopper/turns.ts';

/** Works that end when they are told to. */
function openWorks(turns: ReturnType<typeof createTurns>, count: number) {
  const begun: number[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const done = Array.from({ length: count }, (_, index) =>
    turns.take(
      () =>
        new Promise<void>((resolve, reject) => {
          begun.push(index);
          ends[index] = (error) => (error === undefined ? resolve() : reject(error));
        }),
    ),
  );
  return { begun, done, end: (index: number, error?: Error) => ends[index]?.(error) };
}

describe('turns', () => {
  it('let so many through at once, and the others in the order in which they came', async () => {
    const works = openWorks(createTurns(2), 5);
    expect(works.begun).toEqual([0, 1]);
    works.end(1);
    await works.done[1];
    expect(works.begun).toEqual([0, 1, 2]);
    works.end(0);
    works.end(2);
    await Promise.all([works.done[0], works.done[2]]);
    expect(works.begun).toEqual([0, 1, 2, 3, 4]);
  });

  it('go on after a work that has failed', async () => {
    const works = openWorks(createTurns(1), 2);
    works.end(0, new Error('broken'));
    await expect(works.done[0]).rejects.toThrow('broken');
    expect(works.begun).toEqual([0, 1]);
  });

  it('are free again when nobody waits', async () => {
    const turns = createTurns(1);
    await turns.take(async () => undefined);
    const works = openWorks(turns, 2);
    expect(works.begun).toEqual([0]);
    works.end(0);
    await works.done[0];
    works.end(1);
    await works.done[1];
  });
});
