import {
  byModel,
  flagged,
  inspectRouting,
  percentage,
  primaryReplica,
  shardByKey,
  type InspectRoutingOptions,
  type Router,
} from '@switchyard/router';

const SHOP: InspectRoutingOptions['databases'] = {
  main: {
    models: ['user', 'order', 'orderLine', 'session'],
    links: [
      { name: 'Order.user', model: 'order', target: 'user' },
      { name: 'OrderLine.order', model: 'orderLine', target: 'order' },
    ],
  },
  sessions: { models: ['session', 'order', 'orderLine'], links: [] },
};

const faults = (routers: readonly Router[], databases = SHOP): readonly string[] =>
  inspectRouting({ routers, default: 'main', databases }).map(({ error }) => `${error.code}: ${error.message}`);

const off = (): boolean => false;
const moved = byModel({ session: 'sessions' });

it.each<[what: string, routers: readonly Router[]]>([
  ['no routers', []],
  ['a model that moves by a flag', [flagged({ flag: 'f', read: off, on: moved })]],
  ['a share of the keys', [percentage({ percent: 10, hint: 'user', on: moved })]],
  ['models that are tied together and move together', [byModel({ order: 'main', orderLine: 'main' })]],
  [
    'a share of keys by a hint that is always wanted',
    [shardByKey({ models: ['session'], hint: 'k', shards: ['main', 'sessions'] })],
  ],
  [
    'a router that throws of its own',
    [
      {
        dbForRead: () => {
          throw new Error('not now');
        },
      },
    ],
  ],
])('finds nothing in %s', (_, routers) => {
  expect(faults(routers)).toEqual([]);
});

it('finds every name that is wrong, not just the first', () => {
  const routers = [
    byModel({ session: 'nowhere', order: 'elsewhere' }, { name: 'one' }),
    byModel({ basket: 'main' }, { name: 'two' }),
    byModel({ user: 'sessions' }, { name: 'three' }),
  ];
  expect(faults(routers)).toEqual([
    expect.stringMatching("UNKNOWN_ALIAS: Router 'one'.*'nowhere'"),
    expect.stringMatching("UNKNOWN_ALIAS: Router 'one'.*'elsewhere'"),
    expect.stringMatching("UNKNOWN_MODEL: Router 'two'.*'basket'"),
    expect.stringMatching("MODEL_NOT_IN_DATABASE: Router 'three'.*'user'.*'sessions'"),
  ]);
});

it('finds a router that can never answer', () => {
  expect(faults([{ dbForReads: () => 'main' } as Router])).toEqual([
    expect.stringMatching('INVALID_ROUTER.*dbForReads'),
  ]);
});

it.each<[what: string, router: Router, words: string]>([
  [
    'a permission that has to be waited for',
    { name: 'slow', allowMigrate: (async () => false) as never },
    "INVALID_ROUTER: Router 'slow' answers with a promise",
  ],
  [
    'a permission that is neither yes nor no',
    { name: 'none', allowRelation: () => null as never },
    "INVALID_ROUTER: Router 'none' answers null in allowRelation",
  ],
  [
    'a permission that throws',
    {
      allowMigrate: () => {
        throw new RangeError('no');
      },
    },
    'INVALID_ROUTER: A router throws in allowMigrate: RangeError: no',
  ],
])('finds %s, once', (_, router, words) => {
  expect(faults([router])).toEqual([expect.stringContaining(words)]);
});

it('finds a wrong answer that only a flag brings about', () => {
  const wrong: Router = {
    name: 'own',
    dbForRead: (_model, { request }) => (request?.flag('late', off) === true ? 'nowhere' : undefined),
  };
  expect(faults([wrong])).toEqual([expect.stringMatching("UNKNOWN_ALIAS: Router 'own'.*'nowhere'")]);
});

it('finds a model that no router and no default has a place for', () => {
  const one = { models: ['audit'], links: [] };
  expect(faults([], { main: { models: [], links: [] }, a: one, b: one })).toEqual([
    expect.stringMatching("NO_ROUTE: .*read of 'audit'"),
    expect.stringMatching("NO_ROUTE: .*write of 'audit'"),
  ]);
});

describe('models that are tied together', () => {
  it('may not be parted, whichever side moves', () => {
    expect(faults([byModel({ order: 'sessions', orderLine: 'sessions' })])).toEqual([
      "CROSS_DATABASE_RELATION: Order.user of 'main' ties 'order' to 'user', but 'order' is on 'sessions' and 'user' on 'main'.",
    ]);
  });

  it('may not be parted by a flag, and the flag is named', () => {
    const routers = [flagged({ flag: 'f', read: off, on: byModel({ orderLine: 'sessions' }) })];
    expect(faults(routers)).toEqual([
      expect.stringContaining("but while f is on 'orderLine' is on 'sessions' and 'order' on 'main'"),
    ]);
  });

  it('may not be parted by two flags, of which one alone does nothing', () => {
    const inner = flagged({ flag: 'inner', read: off, on: byModel({ orderLine: 'sessions' }) });
    expect(faults([flagged({ flag: 'outer', read: off, on: inner })])).toEqual([
      expect.stringContaining('while outer is on and inner is on'),
    ]);
  });

  it('may not be parted by a share of the keys', () => {
    const routers = [percentage({ percent: 0, hint: 'user', on: byModel({ orderLine: 'sessions' }) })];
    expect(faults(routers)).toEqual([expect.stringContaining('is on ')]);
  });

  it('may not be parted by two shares of the same keys', () => {
    const share = (percent: number, table: Router) => percentage({ percent, hint: 'user', on: table });
    const routers = [share(10, byModel({ order: 'sessions' })), share(20, byModel({ orderLine: 'sessions' }))];
    const databases = { ...SHOP, main: { ...SHOP['main']!, links: [SHOP['main']!.links[1]!] } };
    expect(faults(routers, databases)).toEqual([
      expect.stringMatching(/while percentage of user some user is (on|off) and .*\(2\) is (on|off) 'orderLine' is on/),
    ]);
  });

  it('are together on copies of one database', () => {
    const databases = { main: SHOP['main']!, replica: SHOP['main']! };
    expect(faults([primaryReplica({ primary: 'main', replicas: ['replica'] })], databases)).toEqual([]);
  });
});
