import { openTestDatabases } from '@switchyard/databases/testing';
import { createSessions, memoryStore, signedCookieSessions, type Sessions } from '@switchyard/session-backends';
import {
  sessionsContract,
  type ContractCase,
  type SessionsContractOptions,
  type SessionsLack,
} from '@switchyard/session-backends/testing';
import { backends, type Servers } from '../support/contract-stores.ts';
import { openTestRedis } from '../support/redis.ts';

let servers: Servers;
/** Cases that wait for time to pass do so together. */
const waiting = new Map<ContractCase, Promise<void>>();

beforeAll(async () => {
  const [databases, redis] = await Promise.all([openTestDatabases(), openTestRedis()]);
  servers = { databases, redis };
  for (const each of contracts.flatMap(([, cases]) =>
    cases.filter(({ name }) => name.startsWith('its life begins anew')),
  )) {
    const run = each.run();
    run.catch(() => undefined);
    waiting.set(each, run);
  }
});
afterAll(() => Promise.all([servers.databases.close(), servers.redis.close()]));

/** In stores whose time passes by itself. */
const inStores: [string, SessionsContractOptions][] = Object.entries(backends(() => servers))
  .filter(([name]) => name !== 'memory')
  .map(([name, { open }]) => [
    name,
    {
      open: async ({ ttlMs }) => {
        const { store, other = store, ...rest } = await open();
        return { ...rest, sessions: createSessions({ store, ttlMs }), other: createSessions({ store: other, ttlMs }) };
      },
    },
  ]);

/** Where nothing can fail and the clock is moved by hand. */
const here = (
  open: (options: { readonly ttlMs: number; readonly now: () => number }) => () => Sessions,
  lacks: readonly SessionsLack[],
): SessionsContractOptions => ({
  open: async ({ ttlMs }) => {
    let ahead = 0;
    const process = open({ ttlMs, now: () => Date.now() + ahead });
    return { sessions: process(), other: process(), pass: async (ms) => void (ahead += ms) };
  },
  lacks,
});

const CONTRACTS: readonly [string, SessionsContractOptions][] = [
  ...inStores,
  [
    'memory',
    here(
      (options) => {
        const store = memoryStore(options);
        return () => createSessions({ store, ...options });
      },
      ['failure'],
    ),
  ],
  ...(['encrypted', 'signed'] as const).map((mode): [string, SessionsContractOptions] => [
    `${mode} in the cookie`,
    here(
      (options) => () => signedCookieSessions({ secrets: ['s'.repeat(16)], mode, ...options }),
      ['versions', 'revocation', 'failure'],
    ),
  ]),
];

const contracts = CONTRACTS.map(([name, options]): [string, ContractCase[]] => [name, sessionsContract(options)]);

describe.each(contracts)('sessions: %s', (_name, cases) => {
  it.each(cases)('$name', async (each) => {
    await (waiting.get(each) ?? each.run());
  });
});
