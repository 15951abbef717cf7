import { setImmediate as nextTurn } from 'node:timers/promises';

import { primaryReplica, type ReplicaHealthOptions } from '@switchyard/router';
import { chainOf } from '../support/chain-of.ts';
import { errorOf } from '../support/error-of.ts';

/** A primary and two replicas whose log positions a test sets by hand, with a clock that it moves by hand. */
function servers(options: Partial<ReplicaHealthOptions> = {}) {
  const state = {
    now: 0,
    written: 0x10 as number | 'away',
    replayed: { other: 0x10, writer: 0x10 } as Record<string, number | 'away' | 'silent' | 'replaying nothing'>,
    asked: 0,
  };
  const at = (position: number): string => `0/${position.toString(16)}`;
  const health: ReplicaHealthOptions = {
    positions: {
      written: async () => {
        if (state.written === 'away') throw new Error('away');
        return at(state.written);
      },
      replayed: async (replica) => {
        state.asked++;
        const replayed = state.replayed[replica] ?? 'away';
        if (replayed === 'silent') return new Promise(() => undefined);
        if (replayed === 'away') throw new Error('away');
        return replayed === 'replaying nothing' ? null : at(replayed);
      },
    },
    maxLagMs: 5_000,
    now: () => state.now,
    ...options,
  };
  const chain = chainOf(primaryReplica({ primary: 'main', replicas: ['other', 'writer'], health }));
  /** Where reads go, once the servers have been asked and have answered. */
  const reads = async (afterMs = 100): Promise<string> => {
    state.now += afterMs;
    chain.route('user', 'read');
    await nextTurn();
    return [...new Set(Array.from({ length: 4 }, () => chain.route('user', 'read')))].sort().join(' ');
  };
  /** Lets time go by with a read every 100 ms. */
  const busyFor = async (ms: number): Promise<string> => {
    for (let passed = 100; passed < ms; passed += 100) await reads();
    return reads();
  };
  return { state, chain, reads, busyFor };
}

it('a replica serves no read before it has answered', async () => {
  const { chain, reads } = servers();
  expect(chain.route('user', 'read')).toBe('main');
  expect(await reads(0)).toBe('other writer');
});

it.each(['away', 'silent', 'replaying nothing'] as const)(
  'a replica that is %s is left out, and is back with its first answer',
  async (trouble) => {
    const { state, busyFor } = servers();
    expect(await busyFor(500)).toBe('other writer');
    state.replayed['other'] = trouble;
    if (trouble === 'silent') expect(await busyFor(900)).toBe('other writer');
    expect(await busyFor(2_000)).toBe('writer');
    state.replayed['other'] = 0x10;
    expect(await busyFor(1_200)).toBe('other writer');
  },
);

it('one failed answer is enough', async () => {
  const { state, reads } = servers();
  await reads();
  state.replayed['other'] = 'away';
  expect(await reads()).toBe('writer');
});

it('a replica that lags is left out after its time, and is back when it has caught up', async () => {
  const { state, busyFor } = servers();
  await busyFor(500);
  state.written = 0x20;
  state.replayed['writer'] = 0x20;
  expect(await busyFor(4_900)).toBe('other writer');
  expect(await busyFor(300)).toBe('writer');
  state.replayed['other'] = 0x1f;
  expect(await busyFor(200)).toBe('writer');
  state.replayed['other'] = 0x20;
  expect(await busyFor(200)).toBe('other writer');
});

it('a replica that is always a little behind serves reads', async () => {
  const { state, reads } = servers();
  for (let position = 0x10; position < 0x80; position++) {
    state.written = position;
    state.replayed = { other: position - 1, writer: position };
    if (position > 0x11) expect(await reads()).toBe('other writer');
    else await reads();
  }
});

it('an idle primary makes no replica look late', async () => {
  const { busyFor, reads } = servers();
  expect(await busyFor(20_000)).toBe('other writer');
  expect(await reads(3_600_000)).toBe('other writer');
});

it('a lag from before the first look, or from a long silence, counts at once', async () => {
  const { state, reads } = servers();
  state.replayed['other'] = 0x0f;
  expect(await reads()).toBe('writer');
  state.replayed['other'] = 0x10;
  expect(await reads()).toBe('other writer');
  state.written = 0x20;
  state.replayed['writer'] = 0x20;
  expect(await reads(60_000)).toBe('writer');
});

it('an answer of long ago counts for nothing', async () => {
  const { state, chain, reads } = servers();
  await reads();
  state.now += 60_000;
  expect(chain.route('user', 'read')).toBe('main');
  expect(await reads()).toBe('other writer');
});

it('reads go to the primary while no replica is fit', async () => {
  const { state, busyFor } = servers();
  state.replayed = { other: 'away', writer: 'away' };
  expect(await busyFor(500)).toBe('main');
});

it('replicas serve reads while the primary is away', async () => {
  const { state, busyFor } = servers();
  await busyFor(500);
  state.written = 'away';
  expect(await busyFor(20_000)).toBe('other writer');
});

it('servers are asked no more often than they should, and those that do not answer seldom again', async () => {
  const { state, busyFor, chain } = servers({ pollMs: 1_000, aliveMs: 2_500 });
  await busyFor(10_000);
  expect(state.asked).toBe(20);
  state.replayed = { other: 'silent', writer: 'silent' };
  await busyFor(10_000);
  expect(state.asked).toBe(28);
  expect(chain.route('user', 'write')).toBe('main');
});

it.each([{ maxLagMs: 0 }, { aliveMs: 100, pollMs: 100 }, { pollMs: -1 }])('%j is refused', async (options) => {
  expect(await errorOf(() => servers(options))).toMatchObject({ code: 'INVALID_OPTION' });
});
