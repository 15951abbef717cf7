import { setImmediate as nextTurn } from 'node:timers/promises';

import {
  createRouterChain,
  primaryReplica,
  type Hints,
  type LogPositions,
  type PrimaryReplicaOptions,
  type RouterChain,
} from '@switchyard/router';
import { createRequestPins } from '../../src/request-pins.ts';
import { parseLogPosition } from '../../src/routers/log-position.ts';
import { chainOf } from '../support/chain-of.ts';
import { errorOf } from '../support/error-of.ts';

type Alias = 'main' | 'other' | 'writer';
const group = (options: Partial<PrimaryReplicaOptions<Alias, never>> = {}): RouterChain =>
  chainOf(primaryReplica<Alias>({ primary: 'main', replicas: ['other', 'writer'], ...options }));
const reads = (chain: RouterChain, count: number, hints?: Hints): string[] =>
  Array.from({ length: count }, () => chain.route('user', 'read', hints));

describe('primaryReplica', () => {
  it('sends writes to the primary and reads to the replicas in turn', () => {
    const chain = group();
    expect(reads(chain, 4)).toEqual(['other', 'writer', 'other', 'writer']);
    expect(chain.route('user', 'write')).toBe('main');
  });

  it('reads from one replica within a request', () => {
    const chain = group();
    const [first, second] = [{ request: createRequestPins() }, { request: createRequestPins() }];
    expect([reads(chain, 2, first), reads(chain, 2, second), reads(chain, 2, first)]).toEqual([
      ['other', 'other'],
      ['writer', 'writer'],
      ['other', 'other'],
    ]);
  });

  it('keeps a request on its replica when another one is left out', async () => {
    const state = { now: 0, fit: ['other', 'writer', 'far'] };
    const chain = createRouterChain({
      aliases: ['main', 'other', 'writer', 'far'],
      default: 'main',
      models: new Map([['user', ['main', 'other', 'writer', 'far']]]),
      routers: [
        primaryReplica({
          primary: 'main',
          replicas: ['other', 'writer', 'far'],
          health: {
            positions: { written: async () => '0/1', replayed: async (at) => (state.fit.includes(at) ? '0/1' : null) },
            maxLagMs: 1_000,
            now: () => state.now,
          },
        }),
      ],
    });
    const look = async (afterMs: number): Promise<void> => {
      state.now += afterMs;
      chain.route('user', 'read');
      await nextTurn();
    };
    await look(0);
    const requests = [1, 2, 3].map(() => ({ request: createRequestPins() }));
    const route = () => requests.map((hints) => chain.route('user', 'read', hints));
    const before = route();
    expect([...before].sort()).toEqual(['far', 'other', 'writer']);
    state.fit = ['writer', 'far'];
    for (let at = 0; at < 12; at++) await look(100);
    const after = route();
    expect(after).not.toContain('other');
    expect(after.filter((alias, index) => before[index] !== 'other' && alias !== before[index])).toEqual([]);
  });

  it('reads from the replica that was picked', () => {
    const pick = jest.fn((replicas: readonly Alias[]) => replicas[1] ?? 'main');
    const hints = { near: 'Paris' };
    expect(reads(group({ pick }), 1, hints)).toEqual(['writer']);
    expect(pick).toHaveBeenCalledWith(['other', 'writer'], hints);
  });

  it.each(['main', 'other', 'writer'])('joins on the copy that the operation is on: %s', (joinedTo) => {
    expect(reads(group(), 2, { joinedTo })).toEqual([joinedTo, joinedTo]);
  });

  it('joins on no database that is none of its copies', () => {
    expect(reads(group({ replicas: ['other'] }), 1, { joinedTo: 'writer' })).toEqual(['other']);
  });

  it('has an opinion on its own models only', () => {
    const chain = chainOf(primaryReplica({ primary: 'main', replicas: ['other'], models: ['book'] }));
    expect([chain.route('book', 'read'), chain.route('user', 'read'), chain.explain('user', 'write').by]).toEqual([
      'other',
      'main',
      'default',
    ]);
  });

  it('keeps migrations out of replicas', () => {
    const chain = group();
    expect(['main', 'other', 'writer'].map((alias) => chain.migrationForbiddenBy(alias, 'shop'))).toEqual([
      undefined,
      'replicas of main',
      'replicas of main',
    ]);
  });

  it('is refused without replicas, and with one that nobody knows', async () => {
    expect(await errorOf(() => group({ replicas: [] }))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await errorOf(() => group({ replicas: ['other', 'main'] }))).toMatchObject({ code: 'INVALID_OPTION' });
    expect(await errorOf(() => group({ replicas: ['nowhere' as Alias] }))).toMatchObject({ code: 'UNKNOWN_ALIAS' });
  });
});

/** Log positions that a test sets by hand, and a clock that it moves by hand. */
function servers(options: { keyed?: boolean } = {}) {
  const state = {
    now: 0,
    written: '0/0',
    replayed: new Map<string, string | null>([['other', '0/0']]),
    asked: 0,
    told: [] as string[],
  };
  const positions: LogPositions = {
    written: async () => state.written,
    replayed: async (replica) => {
      state.asked++;
      const position = state.replayed.get(replica);
      if (position === undefined) throw new Error('the replica is down');
      return position;
    },
  };
  const chain = group({
    replicas: ['other'],
    readYourWrites: {
      positions,
      maxMs: 1000,
      now: () => state.now,
      onWritten: (position) => void state.told.push(position),
      ...(options.keyed === true && { keyOf: ({ user }) => user as string | undefined }),
    },
  });
  /** A write that leaves the log at this position. */
  const write = async (position: string, hints: Hints): Promise<void> => {
    state.written = position;
    chain.wrote('main', 'user', hints);
    await nextTurn();
  };
  /** A read after the replica has been asked anew. */
  const read = async (hints: Hints = {}): Promise<string> => {
    state.now += 10;
    chain.route('user', 'read', hints);
    await nextTurn();
    return chain.route('user', 'read', hints);
  };
  return { state, chain, write, read };
}

describe('reading your writes', () => {
  it('stays on the primary until the replica has replayed the write', async () => {
    const { state, write, read } = servers();
    const hints = { request: createRequestPins() };
    expect(await read(hints)).toBe('other');
    await write('0/20', hints);
    expect(await read(hints)).toBe('main');
    state.replayed.set('other', '0/1F');
    expect(await read(hints)).toBe('main');
    state.replayed.set('other', '0/20');
    expect(await read(hints)).toBe('other');
  });

  it('stays on the primary until the position of the write is known', async () => {
    const { chain, state } = servers();
    const hints = { request: createRequestPins() };
    state.replayed.set('other', 'F/0');
    chain.wrote('main', 'user', hints);
    expect(chain.route('user', 'read', hints)).toBe('main');
    chain.route('user', 'read', hints);
    await nextTurn();
    chain.route('user', 'read', hints);
    await nextTurn();
    expect(chain.route('user', 'read', hints)).toBe('other');
  });

  it.each<[what: string, replayed: string | null | undefined]>([
    ['stands still', '0/0'],
    ['replays nothing', null],
    ['is down', undefined],
  ])('stays on the primary for a time at most, where the replica %s', async (_what, replayed) => {
    const { state, write, read } = servers();
    const hints = { request: createRequestPins() };
    if (replayed === undefined) state.replayed.delete('other');
    else state.replayed.set('other', replayed);
    await write('0/20', hints);
    state.now = 900;
    expect(await read(hints)).toBe('main');
    state.now = 1000;
    expect(await read(hints)).toBe('other');
  });

  it('asks a replica at most once in the given time, and never without a write', async () => {
    const { state, chain, write } = servers();
    const hints = { request: createRequestPins() };
    reads(chain, 5);
    expect(state.asked).toBe(0);
    await write('0/20', hints);
    reads(chain, 5, hints);
    expect(state.asked).toBe(1);
    state.now += 10;
    reads(chain, 5, hints);
    expect(state.asked).toBe(2);
  });

  it.each<[what: string, keyed: boolean, writer: Hints, reader: Hints, alias: string]>([
    ['of the same key', true, { user: 'a' }, { user: 'a', request: createRequestPins() }, 'main'],
    ['but not those of another', true, { user: 'a' }, { user: 'b' }, 'other'],
    [
      'but not those of another request',
      false,
      { request: createRequestPins() },
      { request: createRequestPins() },
      'other',
    ],
    ['but not those outside of a request', false, {}, {}, 'other'],
  ])('sees writes %s', async (_what, keyed, writer, reader, alias) => {
    const { write, read } = servers({ keyed });
    await write('0/20', writer);
    expect(await read(reader)).toBe(alias);
  });

  it('sees what the same request wrote with a key that the reader does not give', async () => {
    const { write, read } = servers({ keyed: true });
    const request = createRequestPins();
    await write('0/20', { user: 'a', request });
    const inside = { request: createRequestPins({ flag: true }, request) };
    expect([await read({ request }), await read(inside), await read({})]).toEqual(['main', 'main', 'other']);
  });

  it('sees writes of another process by the position in a hint', async () => {
    const { state, write, read } = servers();
    await write('0/20', {});
    expect(state.told).toEqual(['0/20']);
    expect(await read({ afterPosition: '0/20' })).toBe('main');
    state.replayed.set('other', '1/0');
    expect(await read({ afterPosition: '0/20' })).toBe('other');
  });

  it.each(['', 'x', '0/', '0/20; drop', '0/20/30', 'FFFFFFFFF/0', 7, null])(
    'stays on the primary for a position that is none, as a visitor may send one: %p',
    async (afterPosition) => {
      const { state, read } = servers();
      state.replayed.set('other', 'FFFFFFFF/FFFFFFFF');
      expect([await read({ afterPosition }), await read({ afterPosition: 'ff/1' })]).toEqual(['main', 'other']);
    },
  );

  it.each([{ maxMs: 0 }, { maxMs: NaN }, { maxMs: 5, pollMs: -1 }])('refuses %j', async (options) => {
    const positions: LogPositions = { written: async () => '0/0', replayed: async () => '0/0' };
    expect(await errorOf(() => group({ readYourWrites: { positions, ...options } }))).toMatchObject({
      code: 'INVALID_OPTION',
    });
  });

  it('does not follow writes to other databases', async () => {
    const { chain, read } = servers();
    const hints = { request: createRequestPins() };
    chain.wrote('writer', 'user', hints);
    expect(await read(hints)).toBe('other');
  });

  it('forgets writes whose time is over', async () => {
    const { state, write, read } = servers({ keyed: true });
    await write('0/20', { user: 'a' });
    state.now = 2000;
    await write('0/30', { user: 'b' });
    state.now = 500;
    expect([await read({ user: 'a' }), await read({ user: 'b' })]).toEqual(['other', 'main']);
  });
});

it('forgets writes whose time is over also where somebody else went on writing', async () => {
  const { state, write, read } = servers({ keyed: true });
  for (const [now, user] of [
    [0, 'a'],
    [100, 'b'],
    [200, 'a'],
    [1150, 'c'],
  ] as const) {
    state.now = now;
    await write('0/20', { user });
  }
  state.now = 500;
  expect([await read({ user: 'a' }), await read({ user: 'b' })]).toEqual(['main', 'other']);
});

describe('a log position', () => {
  it.each([
    ['0/0', 0n],
    ['0/1F', 31n],
    ['16/B374D848', 0x16b374d848n],
    ['1/0', 2n ** 32n],
  ])('%s is %d', (text, number) => {
    expect(parseLogPosition(text)).toBe(number);
  });
});
