import fc from 'fast-check';
import { createSessions, memoryStore } from '@switchyard/session-backends';
import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { assertHolds } from '../support/check-property.ts';
import { databaseStore } from '../support/contract-stores.ts';

let databases: TestDatabases;
beforeAll(async () => {
  databases = await openTestDatabases();
});
afterAll(() => databases.close());

const expiry = fc.oneof(fc.maxSafeInteger(), fc.integer(), fc.double(), fc.date({ noInvalidDate: false }));

describe('whatever setExpiry is given', () => {
  it.each([
    ['memory', 300, () => memoryStore()],
    ['PostgreSQL', 60, () => databaseStore(databases.main)],
  ] as const)('is refused, or kept to the millisecond by %s', async (_name, runs, open) => {
    await assertHolds(
      fc.asyncProperty(expiry, fc.integer({ min: 0, max: 4e12 }), async (given, at) => {
        const store = open();
        const sessions = createSessions({ store, now: () => at });
        const session = sessions.open();
        try {
          await session.setExpiry(given);
        } catch (error) {
          expect(error).toBeInstanceOf(TypeError);
          expect(session.modified).toBe(false);
          return;
        }
        await session.save();
        const date = await session.getExpiryDate();
        const seconds = given === 0 ? 1_209_600 : given;
        expect(date).toEqual(typeof seconds === 'number' ? new Date(at + seconds * 1000) : seconds);
        expect(await session.getExpiryAge()).toBe(Math.floor((date.getTime() - at) / 1000));
        const again = sessions.open(session.sessionKey);
        if (date.getTime() > Date.now() + 60_000) expect(await again.getExpiryAge()).toBe(await session.getExpiryAge());
        else if (date.getTime() < Date.now()) expect(await again.getUserId()).toBeNull();
      }),
      runs,
    );
  });
});
