import assert from 'node:assert/strict';
import { SessionError } from '../session/session-error.ts';
import type { ContractCase } from './session-store-contract.ts';
import { SESSIONS_FLAG_CASES } from './sessions-flag-cases.ts';
import { SESSIONS_EXPIRY_CASES, SESSIONS_LIFE_CASES, SHORT_LIFE_MS } from './sessions-life-cases.ts';
import { SESSIONS_VALUE_CASES } from './sessions-value-cases.ts';
import { sessionsWorld, type ContractSessions, type SessionsCases, type SessionsLack } from './sessions-world.ts';

export interface SessionsContractOptions {
  /** Opened for each case; both views of the sessions have this `ttlMs`, and defaults for the rest. */
  readonly open: (options: { readonly ttlMs: number }) => Promise<ContractSessions>;
  /** What the sessions cannot do; each is asserted to be so. */
  readonly lacks?: readonly SessionsLack[];
}

const TWO_WEEKS_MS = 1_209_600_000;

/**
 * What a session is to an application, whatever it is kept in; for any test runner, as `sessionStoreContract` is. A
 * store is held to that one; this one is for what `createSessions`, or something in its place, makes of it.
 *
 * @example
 * const open = async ({ ttlMs }) => ({ sessions: createSessions({ store, ttlMs }), pass });
 * for (const { name, run } of sessionsContract({ open })) it(name, run);
 */
export function sessionsContract({ open, lacks = [] }: SessionsContractOptions): ContractCase[] {
  const contract = (cases: SessionsCases, ttlMs: number): ContractCase[] =>
    Object.entries(cases).map(([name, check]) => ({
      name,
      run: async () => {
        const given = await open({ ttlMs });
        try {
          await check(sessionsWorld(given, lacks));
        } catch (error) {
          // An error that a case did not expect is what these sessions did wrong.
          if (error instanceof SessionError) assert.fail(`unexpected ${error.code}`);
          throw error;
        } finally {
          await given.close?.();
        }
      },
    }));
  return [
    ...contract({ ...SESSIONS_FLAG_CASES, ...SESSIONS_VALUE_CASES, ...SESSIONS_LIFE_CASES }, TWO_WEEKS_MS),
    ...contract(SESSIONS_EXPIRY_CASES, SHORT_LIFE_MS),
  ];
}
