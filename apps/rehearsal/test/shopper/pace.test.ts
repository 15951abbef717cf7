import { createPace } from '../../src/shopper/pace.ts';

describe('the pace', () => {
  const options = { shoppers: 100, mostPerSecond: 50 };

  it('begins at half of what it may become', () => {
    expect(createPace(options).thinkMs()).toBe(4_000);
  });

  it('rises while answers are quick, up to the most', () => {
    const pace = createPace(options);
    pace.adjust(5);
    expect(pace.thinkMs()).toBeLessThan(4_000);
    for (let second = 0; second < 50; second++) pace.adjust(5);
    expect(pace.thinkMs()).toBeCloseTo(2_000);
  });

  it.each([200, undefined])('falls when the median is %s, but never to nothing', (medianMs) => {
    const pace = createPace(options);
    pace.adjust(medianMs);
    expect(pace.thinkMs()).toBeGreaterThan(5_000);
    for (let second = 0; second < 50; second++) pace.adjust(medianMs);
    expect(pace.thinkMs()).toBe(20_000);
  });

  it('stays when answers are neither quick nor slow', () => {
    const pace = createPace(options);
    pace.adjust(40);
    expect(pace.thinkMs()).toBe(4_000);
  });
});
