import { openTestDatabases, type TestDatabases } from '@switchyard/databases/testing';
import { setFlag, settled, type FlagValues } from '../../src/move/flip.ts';
import type { ShopProcess, ShopState } from '../../src/stage/shop-process.ts';

let databases: TestDatabases;
beforeAll(async () => void (databases = await openTestDatabases()));
afterAll(() => databases.close());

describe('setting a flag', () => {
  it('sets the one, leaves the other, and announces it', async () => {
    const listener = await databases.main.connect();
    try {
      const heard = new Promise((resolve) => listener.once('notification', resolve));
      await listener.query('listen feature_flag');
      await setFlag(databases.main, 'newDbRouterFlag', true);
      await heard;
      const { rows } = await databases.main.query('select name, enabled from feature_flag order by name');
      expect(rows).toEqual([
        { name: 'migration_flag', enabled: false },
        { name: 'new_db_router_flag', enabled: true },
      ]);
    } finally {
      listener.release(true);
    }
  });
});

describe('a fleet', () => {
  const ON: FlagValues = { migrationFlag: true, newDbRouterFlag: false };
  const OFF: FlagValues = { migrationFlag: false, newDbRouterFlag: false };
  const never = new AbortController().signal;

  /** A process that tells these states, one after the other, and the last one for ever; `undefined`: it does not tell. */
  function telling(...states: readonly (ShopState | undefined)[]): ShopProcess & { readonly asked: () => number } {
    let asked = 0;
    return {
      pid: () => 1,
      port: 2,
      flagDelayMs: 0,
      asked: () => asked,
      isOpen: () => true,
      start: async () => undefined,
      kill: async () => undefined,
      pause: () => () => undefined,
      state: async () => {
        const state = states[Math.min(asked, states.length - 1)];
        asked += 1;
        if (state === undefined) throw new Error('it is away');
        return state;
      },
      stop: async () => undefined,
    };
  }

  it('has settled when every process sees the flags and serves nothing on older ones', async () => {
    const quick = telling({ flags: ON, onOlderFlags: 0 });
    const slow = telling(
      { flags: OFF, onOlderFlags: 0 },
      undefined,
      { flags: ON, onOlderFlags: 3 },
      { flags: ON, onOlderFlags: 1 },
      { flags: ON, onOlderFlags: 0 },
    );
    await settled([quick, slow], ON, never);
    expect(quick.asked()).toBe(1);
    expect(slow.asked()).toBe(5);
  });

  it('is not waited for any longer when the rehearsal ends', async () => {
    const closing = new AbortController();
    const waiting = settled([telling({ flags: OFF, onOlderFlags: 0 })], ON, closing.signal);
    closing.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
