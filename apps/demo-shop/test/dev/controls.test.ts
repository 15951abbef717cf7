import { EventEmitter } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import {
  CONTROLS_VARIABLE,
  controlsOfParent,
  controlsVariable,
  type ChildSide,
} from '../../src/dev/controls-of-parent.ts';
import { serveControls } from '../../src/dev/serve-controls.ts';
import type { DevControls, DevProcess, DevServer } from '../../src/ops/dev-controls.ts';

const SHOP: DevProcess = { id: 'shop 1', kind: 'shop', pid: 42, state: 'running', restarts: 1 };
const REPORT = { shoppers: 2, acknowledged: 30, lost: 0, looks: 9, refused: 1 };

/** Two ends of a channel between processes, over which only copies come. */
function openChannel(controls: DevControls): ChildSide {
  const [child, parent] = [new EventEmitter(), new EventEmitter()];
  const send = (to: EventEmitter) => (message: unknown, callback?: (error: Error | null) => void) => {
    setImmediate(() => to.emit('message', structuredClone(message)));
    callback?.(null);
    return true;
  };
  serveControls(Object.assign(child, { send: send(parent), connected: true }) as unknown as ChildProcess, controls);
  const env = { [CONTROLS_VARIABLE]: controlsVariable(controls) };
  return Object.assign(parent, { send: send(child), env }) as unknown as ChildSide;
}

function recorded(): { controls: DevControls; calls: string[] } {
  const calls: string[] = [];
  const note = (call: string): void => void calls.push(call);
  const server = (name: string): DevServer => ({
    isRunning: async () => name === 'redis',
    start: async () => note(`${name} started`),
    stop: async () => note(`${name} stopped`),
  });
  const controls: DevControls = {
    fleet: {
      processes: async () => [SHOP],
      kill: async (id) => {
        note(`kill ${id}`);
        return id === SHOP.id;
      },
      start: async () => 'shop 2',
    },
    shoppers: {
      start: async (count) => {
        if (count > 100) throw new Error('too many shoppers');
        note(`${count} shoppers`);
      },
      stop: async () => note('shoppers stopped'),
      report: async () => REPORT,
    },
    newDatabase: server('database'),
    redis: server('redis'),
  };
  return { controls, calls };
}

it('a process of the fleet has the controls of the one that started it', async () => {
  const { controls, calls } = recorded();
  const remote = controlsOfParent(openChannel(controls)) as DevControls;
  expect(await remote.fleet.processes()).toEqual([SHOP]);
  expect(await remote.fleet.kill('shop 1')).toBe(true);
  expect(await remote.fleet.kill('shop 9')).toBe(false);
  expect(await remote.fleet.start()).toBe('shop 2');
  await remote.shoppers.start(5);
  await remote.shoppers.stop();
  expect(await remote.shoppers.report()).toEqual(REPORT);
  expect([await remote.newDatabase?.isRunning(), await remote.redis?.isRunning()]).toEqual([false, true]);
  await remote.newDatabase?.stop();
  await remote.newDatabase?.start();
  await remote.redis?.stop();
  await remote.redis?.start();
  expect(calls).toEqual([
    'kill shop 1',
    'kill shop 9',
    '5 shoppers',
    'shoppers stopped',
    'database stopped',
    'database started',
    'redis stopped',
    'redis started',
  ]);
});

it('answers that overtake each other reach those who have asked', async () => {
  const { controls } = recorded();
  let answer = (): void => undefined;
  const slow = new Promise<void>((resolve) => (answer = resolve));
  const remote = controlsOfParent(
    openChannel({ ...controls, redis: { ...recorded().controls.redis, stop: () => slow } as DevServer }),
  );
  let isStopped = false;
  const stopping = remote?.redis?.stop().then(() => (isStopped = true));
  expect(await remote?.fleet.start()).toBe('shop 2');
  expect(isStopped).toBe(false);
  answer();
  await stopping;
});

it('what cannot be done rejects with the reason', async () => {
  const remote = controlsOfParent(openChannel(recorded().controls));
  await expect(remote?.shoppers.start(200)).rejects.toThrow('too many shoppers');
});

it('a server that is not ours is not offered', () => {
  const { controls } = recorded();
  const remote = controlsOfParent(openChannel({ ...controls, newDatabase: undefined }));
  expect(remote?.newDatabase).toBeUndefined();
  expect(remote?.redis).toBeDefined();
});

it('a process that nobody of ours has started has no controls', () => {
  const channel = openChannel(recorded().controls);
  expect(controlsOfParent({ ...channel, env: {} })).toBeUndefined();
  expect(controlsOfParent({ env: channel.env, on: channel.on })).toBeUndefined();
});
